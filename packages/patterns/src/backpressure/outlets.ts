/** The receivers that a producer knows: their sessions, what they have in flight and their credit in all. */
import { randomBytes } from 'node:crypto'
import { ProtocolError, takesCompact } from '@sluice/core/parts'
import type { BatchBuilder, Peer, Site, SluiceError } from '@sluice/core'
import { Connections } from './connections.ts'
import type { Connection } from './connections.ts'
import type { Target } from './dispatch.ts'
import type { Settlement } from './in-flight.ts'
import { Labels } from './labels.ts'
import type { Packet, Side } from './packets.ts'
import { SenderSession } from './sender-session.ts'
import type { SenderStep } from './session.ts'
import type { Slice } from './slice.ts'

/** What a producer does with what its receivers say. */
export interface OutletEvents {
  settled(settlement: Settlement): void
  /** A receiver is live. */
  joined(target: Target): void
  /** The credit of a live receiver has changed. */
  moved(target: Target): void
  /** A receiver is live no longer, and this is what it had in flight, in order. */
  left(target: Target, returned: readonly Slice[]): void
  /** Something was settled, came or went. */
  changed(): void
  failed(error: SluiceError): void
}

/** One receiver: its session, and its share in the sums. */
interface Outlet extends Connection<SenderSession>, Target {
  highWaterMark: number
  credit: number
  creditBytes: number
  idle: boolean
  joined: boolean
  /** By which it is counted. */
  label: string | undefined
}

/** Keeps the credit of all receivers summed up, so that taking a message looks at one number. */
export class Outlets {
  readonly #site: Site
  readonly #events: OutletEvents
  readonly #highWaterMarkBytes: number
  readonly #connections: Connections<SenderSession, Outlet>
  readonly #labels: Labels
  /** Live receivers without credit that have not been told yet that messages wait. */
  readonly #spent = new Set<Outlet>()
  #credit = 0
  #creditBytes = 0
  #inFlight = 0
  #live = 0
  #redelivered = 0
  #discarded = 0

  constructor(site: Site, highWaterMarkBytes: number, events: OutletEvents) {
    this.#site = site
    this.#events = events
    this.#highWaterMarkBytes = highWaterMarkBytes
    this.#labels = new Labels(site.limits.maxSessionsPerIdentity)
    this.#connections = new Connections<SenderSession, Outlet>(site, {
      create: (peer, side, say) => this.#create(peer, side, say),
      packet: (outlet, packet, now) => this.#hear(outlet, outlet.session.receive(packet, now)),
      lost: (outlet) => this.#lose(outlet),
      broken: (outlet, error, now) => this.#take(outlet, outlet.session.fail(error, now)),
      probe: (outlet, now) => this.#say(outlet, outlet.session.probe(now)),
      failed: (error) => events.failed(error),
    })
  }

  /** Messages that may be sent now, to all receivers together. */
  get credit(): number {
    return this.#credit
  }

  get creditBytes(): number {
    return this.#creditBytes
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Messages sent again after the receiver that had them was lost. */
  get redelivered(): number {
    return this.#redelivered
  }

  /** Receivers with a live session. */
  get live(): number {
    return this.#live
  }

  get refusedBy(): Readonly<Record<string, number>> {
    return this.#site.refusals?.by() ?? {}
  }

  /** Frames that were thrown away: those that are no packets, and those of other sessions. */
  get refused(): number {
    let { refused } = this.#connections
    for (const { session } of this.#connections) refused += session.discarded
    return refused + this.#discarded
  }

  builder(): BatchBuilder {
    return this.#connections.builder()
  }

  bound(): Promise<readonly string[]> {
    return this.#connections.bound()
  }

  /** Tells the receivers without credit that messages wait. */
  block(): void {
    const now = this.#site.clock.now()
    for (const outlet of this.#spent) this.#say(outlet, outlet.session.block(now))
    this.#spent.clear()
  }

  /** Asks for the acks of what is in flight. */
  hasten(): void {
    const now = this.#site.clock.now()
    for (const outlet of this.#connections)
      if (outlet.session.inFlight > 0) this.#say(outlet, outlet.session.probe(now))
  }

  /** Tells the receivers that nothing is pending and nothing more is taken. */
  last(): void {
    const now = this.#site.clock.now()
    for (const outlet of this.#connections) this.#say(outlet, outlet.session.last(now))
  }

  /** Tells the receivers of the end; true when all of them have answered that they finished everything. */
  end(): boolean {
    const now = this.#site.clock.now()
    let ended = true
    for (const outlet of this.#connections) {
      this.#say(outlet, outlet.session.end(now))
      ended &&= outlet.session.state !== 'ending'
      this.#refresh(outlet, [])
    }
    return ended
  }

  /** Says goodbye to all; returns what was in flight, for good. */
  farewell(code: string, message: string): Slice[] {
    const inFlight: Slice[] = []
    for (const outlet of this.#connections) {
      const { packets, returned } = outlet.session.close(code, message)
      for (const packet of packets) outlet.say(packet)
      inFlight.push(...returned)
      outlet.joined = false
      this.#sum(outlet)
    }
    this.#inFlight = 0
    this.#live = 0
    return inFlight
  }

  close(lingerMs: number): Promise<void> {
    return this.#connections.close(lingerMs)
  }

  #create(peer: Peer, side: Side, say: (packet: Packet) => void): Outlet {
    const { identity, clock } = this.#site
    const session = new SenderSession({
      side,
      identity,
      compact: takesCompact(this.#site.limits.maxMessageBytes),
      highWaterMarkBytes: this.#highWaterMarkBytes,
      newEpoch: () => randomBytes(8),
      against: (label) => this.#labels.objection(label, outlet.label),
    })
    const outlet: Outlet = {
      peer,
      session,
      say,
      highWaterMark: 0,
      credit: 0,
      creditBytes: 0,
      joined: false,
      label: undefined,
      idle: true,
      send: (slice) => {
        say(session.send(slice, clock.now()))
        this.#inFlight += slice.batch.count
        if (slice.redelivered) this.#redelivered += slice.batch.count
        this.#sum(outlet)
        this.#connections.watch()
      },
    }
    return outlet
  }

  /** A packet that breaks a rule is counted, as bytes that are no packet are; a goodbye breaks none. */
  #hear(outlet: Outlet, step: SenderStep): void {
    if (step.error instanceof ProtocolError) {
      this.#discarded++
      this.#site.refusals?.count(step.error)
    }
    this.#take(outlet, step)
  }

  #take(outlet: Outlet, step: SenderStep): void {
    for (const packet of step.packets) outlet.say(packet)
    for (const { from, to } of step.settled) this.#inFlight -= to - from
    // Before the rest goes elsewhere: what has ended holds no key back any more.
    for (const settlement of step.settled) this.#events.settled(settlement)
    this.#refresh(outlet, step.returned)
    this.#events.changed()
  }

  #lose(outlet: Outlet): void {
    this.#discarded += outlet.session.discarded
    this.#refresh(outlet, outlet.session.lost())
    this.#events.changed()
  }

  /** Takes over what the session is now: its credit, and whether messages may go to it. */
  #refresh(outlet: Outlet, returned: readonly Slice[]): void {
    this.#sum(outlet)
    this.#count(outlet)
    for (const slice of returned) this.#inFlight -= slice.batch.count
    const { live } = outlet.session
    if (outlet.joined && (!live || returned.length > 0)) {
      outlet.joined = false
      this.#live--
      this.#events.left(outlet, returned)
    }
    if (!live || outlet.joined) return
    outlet.joined = true
    this.#live++
    this.#events.joined(outlet)
  }

  #count(outlet: Outlet): void {
    const { receiver } = outlet.session
    if (receiver === outlet.label) return
    if (outlet.label !== undefined) this.#labels.leave(outlet.label)
    if (receiver !== undefined) this.#labels.enter(receiver)
    outlet.label = receiver
  }

  #sum(outlet: Outlet): void {
    const { credit, creditBytes } = outlet.session
    this.#credit += credit - outlet.credit
    this.#creditBytes += creditBytes - outlet.creditBytes
    if (credit > 0 || !outlet.session.live) this.#spent.delete(outlet)
    else this.#spent.add(outlet)
    outlet.highWaterMark = outlet.session.highWaterMark
    outlet.credit = credit
    outlet.creditBytes = creditBytes
    outlet.idle = outlet.session.inFlight === 0
    if (outlet.joined) this.#events.moved(outlet)
  }

  #say(outlet: Outlet, packet: Packet | undefined): void {
    if (packet === undefined) return
    outlet.say(packet)
    this.#connections.watch()
  }
}
