/** The senders that a consumer knows: their sessions, and the acks that are owed to them. */
import { ProtocolError, takesCompact, WindowPool } from '@sluice/core/parts'
import type { Peer, Site, SluiceError, Timer } from '@sluice/core'
import { Connections } from './connections.ts'
import type { Connection } from './connections.ts'
import type { AckPacket, DataPacket, Packet, Side } from './packets.ts'
import { ReceiverSession } from './receiver-session.ts'
import type { ReceiverStep } from './receiver-step.ts'
import type { Reception, ReceiverSessionOptions } from './reception.ts'

/** What a consumer does with what its senders say. */
export interface InletEvents {
  delivery(packet: DataPacket, reception: Reception): void
  /** A sender has said that nothing follows, for now or for good. */
  complete(reception: Reception): void
  opened(reception: Reception): void
  /** A session is over: what it brought and was not begun is sent again. `left` when its sender has gone for good. */
  over(reception: Reception, left: boolean): void
  /** Acks are owed. */
  owes(): void
  failed(error: SluiceError): void
}

/** The goodbyes after which a sender does not come back by itself. */
const lastWords: ReadonlySet<string | undefined> = new Set(['done', 'closed'])

/** How much sooner than needed a timer may be due, in milliseconds. */
const tooSoonMs = 20

/** How senders are to be received. */
export type InletOptions = Pick<
  ReceiverSessionOptions,
  'highWaterMark' | 'highWaterMarkBytes' | 'concurrency'
>

/** One sender. */
interface Inlet extends Connection<ReceiverSession> {
  readonly peer: Peer
  /** Its ack may have something to say. */
  owing: boolean
}

/** Keeps a session for each sender, and says goodbye to those that have come again elsewhere. */
export class Inlets {
  readonly #site: Site
  readonly #options: InletOptions
  readonly #events: InletEvents
  readonly #connections: Connections<ReceiverSession, Inlet>
  /** Those whose ack may have something to say; no set, which V8 would clear into its old generation, at every ack. */
  #owing: Inlet[] = []
  /** Those whose ack waits for more to say. */
  readonly #waiting = new Set<Inlet>()
  /** Looks after them, at the time that stands beside it. */
  #later: Timer | undefined
  #laterAt = Infinity
  readonly #byReception = new Map<Reception, Inlet>()
  /** The session that each sender has now. */
  readonly #bySender = new Map<string, Inlet>()
  readonly #pool = new WindowPool()
  #paused = true
  #discarded = 0

  /** Senders are paused until `pause(false)`. */
  constructor(site: Site, options: InletOptions, events: InletEvents) {
    this.#site = site
    this.#options = options
    this.#events = events
    this.#connections = new Connections<ReceiverSession, Inlet>(site, {
      create: (peer, side, say) => this.#create(peer, side, say),
      packet: (inlet, packet, now) => this.#hear(inlet, inlet.session.receive(packet, now)),
      lost: (inlet) => this.#lose(inlet),
      broken: (inlet, error, now) => this.#take(inlet, inlet.session.fail(error, now)),
      probe: (inlet, now) => this.#probe(inlet, now),
      failed: (error) => events.failed(error),
    })
  }

  /** Frames that were thrown away: those that are no packets, and those of other sessions. */
  get refused(): number {
    let { refused } = this.#connections
    for (const { session } of this.#connections) refused += session.discarded
    return refused + this.#discarded
  }

  /** The sessions that are live. */
  receptions(): Iterable<Reception> {
    return this.#byReception.keys()
  }

  /** How many there are. */
  get live(): number {
    return this.#byReception.size
  }

  bound(): Promise<readonly string[]> {
    return this.#connections.bound()
  }

  /** Sets the mark of all senders to 0, or takes that back. */
  pause(paused: boolean): void {
    this.#paused = paused
    for (const inlet of this.#connections) {
      inlet.session.pause(paused)
      this.#owe(inlet)
    }
    this.ack()
  }

  /** Something of this session was finished: there is an ack to be sent. */
  owe(reception: Reception): void {
    const inlet = this.#byReception.get(reception)
    if (inlet !== undefined) this.#owe(inlet)
  }

  /** Acks what is to be acked now, everywhere; true when something was. */
  ack(): boolean {
    const owing = this.#owing
    if (owing.length === 0) return false
    this.#owing = []
    const now = this.#site.clock.now()
    let acked = false
    for (const inlet of owing) {
      inlet.owing = false
      const { reception } = inlet.session
      if (this.#say(inlet, reception?.dueAck(now))) acked = true
      else if (reception !== undefined && reception.ackBy < Infinity) {
        this.#waiting.add(inlet)
        this.#lookBy(reception.ackBy, now)
      }
    }
    return acked
  }

  /** Finds out which senders are there. */
  probe(): void {
    const now = this.#site.clock.now()
    for (const inlet of this.#connections) this.#probe(inlet, now)
  }

  /** Acks what is finished, says goodbye to all and closes. */
  async close(code: string, message: string, lingerMs: number): Promise<void> {
    this.ack()
    this.#later?.cancel()
    const now = this.#site.clock.now()
    for (const inlet of this.#waiting) this.#say(inlet, inlet.session.reception?.ack(now))
    for (const inlet of this.#connections) {
      for (const packet of inlet.session.close(code, message)) inlet.say(packet)
    }
    this.#owing = []
    this.#byReception.clear()
    this.#bySender.clear()
    await this.#connections.close(lingerMs)
  }

  #create(peer: Peer, side: Side, say: (packet: Packet) => void): Inlet {
    const { identity, limits } = this.#site
    const { maxBufferedBytes } = limits
    // A sender that keeps to what it is told stays well below what it is held to.
    const highWaterMarkBytes = Math.min(this.#options.highWaterMarkBytes, Math.ceil(maxBufferedBytes / 2))
    const compact = takesCompact(limits.maxMessageBytes)
    const own = { highWaterMarkBytes, maxBufferedBytes, compact, side, identity }
    const session = new ReceiverSession({
      ...this.#options,
      ...own,
      pool: this.#pool,
      targetMs: peer.reactionMs,
    })
    session.pause(this.#paused)
    return { peer, session, say, owing: false }
  }

  /** A packet that breaks a rule is counted, as bytes that are no packet are. */
  #hear(inlet: Inlet, step: ReceiverStep): void {
    if (step.error !== undefined) this.#refuse(step.error)
    this.#take(inlet, step)
  }

  #refuse(error: SluiceError): void {
    this.#discarded++
    this.#site.refusals?.count(error)
  }

  #take(inlet: Inlet, step: ReceiverStep): void {
    for (const packet of step.packets) inlet.say(packet)
    if (step.over !== undefined) this.#over(step.over, lastWords.has(step.farewell))
    if (step.opened !== undefined) {
      this.#byReception.set(step.opened, inlet)
      this.#replace(inlet, step.opened)
      this.#events.opened(step.opened)
    }
    const { reception } = inlet.session
    if (step.delivery !== undefined && reception !== undefined)
      this.#events.delivery(step.delivery, reception)
    if (!step.owes) return
    this.#owe(inlet)
    if (reception?.complete === true) this.#events.complete(reception)
    this.#events.owes()
  }

  #over(reception: Reception, left: boolean): void {
    const { sender } = reception
    if (this.#bySender.get(sender) === this.#byReception.get(reception)) this.#bySender.delete(sender)
    this.#byReception.delete(reception)
    this.#events.over(reception, left)
  }

  /** A sender that is back has left its old connection, whether or not that is known here yet. */
  #replace(inlet: Inlet, opened: Reception): void {
    const other = this.#bySender.get(opened.sender)
    this.#bySender.set(opened.sender, inlet)
    const reception = other === inlet ? undefined : other?.session.reception
    if (other === undefined || reception?.sender !== opened.sender) return
    for (const packet of other.session.close('replaced', `${opened.sender} has connected again`))
      other.say(packet)
    this.#refuse(new ProtocolError('BP-6', 'a sender has one session with a receiver'))
    this.#over(reception, false)
  }

  #lose(inlet: Inlet): void {
    this.#discarded += inlet.session.discarded
    const { reception } = inlet.session
    inlet.session.lost()
    this.#waiting.delete(inlet)
    if (reception !== undefined) this.#over(reception, false)
  }

  #owe(inlet: Inlet): void {
    if (inlet.owing) return
    inlet.owing = true
    this.#owing.push(inlet)
  }

  #probe(inlet: Inlet, now: number): void {
    inlet.session.reception?.probe()
    this.#say(inlet, inlet.session.reception?.ack(now))
  }

  #say(inlet: Inlet, ack: AckPacket | undefined): boolean {
    if (ack === undefined) return false
    this.#waiting.delete(inlet)
    inlet.say(ack)
    return true
  }

  /** Looks after those that wait by then. A timer that need not be due so soon any more is set anew: each sleep until then would pay for it. */
  #lookBy(ackBy: number, now: number): void {
    const needless = this.#waiting.size === 1 && ackBy > this.#laterAt + tooSoonMs
    if (ackBy >= this.#laterAt && !needless) return
    this.#later?.cancel()
    this.#laterAt = ackBy
    this.#later = this.#site.clock.after(Math.max(1, ackBy - now), this.#ackDue)
  }

  /** Acks what waits no longer, and looks again when the next does. */
  readonly #ackDue = (): void => {
    this.#laterAt = Infinity
    const now = this.#site.clock.now()
    let next = Infinity
    for (const inlet of this.#waiting) {
      const { reception } = inlet.session
      const ackBy = reception?.ackBy ?? Infinity
      if (ackBy <= now) this.#say(inlet, reception?.ack(now))
      else if (ackBy === Infinity) this.#waiting.delete(inlet)
      else next = Math.min(next, ackBy)
    }
    if (next < Infinity) this.#lookBy(next, now)
  }
}
