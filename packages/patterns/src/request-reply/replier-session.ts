/** A replier without its socket: requests come in, deliveries and replies go out. */
import { appended, ClosedError, FullError, OverflowQueue } from '@sluice/core/parts'
import type { Headers, Outcome, Peer, ReceiverStats } from '@sluice/core'
import { Asker } from './asker.ts'
import { errorHeaders } from './error-reply.ts'
import type { Outlet } from './outlet.ts'
import type { RequestPacket, RequestReplyPacket } from './packets.ts'
import { ReplyLedger } from './reply-ledger.ts'
import type { ReplierSessionSettings } from './reply-settings.ts'
import { RequestersEnd } from './requesters-end.ts'
import { Served } from './served.ts'
import { ServedDelivery } from './served-delivery.ts'

/** What a session tells its driver. */
export interface ReplierEvents {
  deliver(delivery: ServedDelivery): void
  /** Replies are gathered, and more will follow: they are to be sent at the end of this turn. */
  gathered(): void
  /** A request was turned away since its requester has too much here. */
  bounded?(error: FullError): void
  /** A request has ended, or a requester: look whether all is over. */
  changed(): void
}

/**
 * Takes requests of many requesters, hands over no more than a window of them, and gathers the answers for each.
 *
 * ```
 *   request ──▶ waiting ──▶ held ──▶ ended: answered
 *      │           └──────────┴────▶ ended: called off, nobody is answered
 *      └─ no room, or closing ─────▶ ended: turned away, to be tried elsewhere
 * ```
 */
export class ReplierSession {
  readonly ledger: ReplyLedger = new ReplyLedger()
  readonly ends: RequestersEnd
  readonly #settings: ReplierSessionSettings
  readonly #events: ReplierEvents
  readonly #askers = new Map<Peer, Asker<Served>>()
  readonly #waiting: OverflowQueue<Served>
  /** Requesters with replies that are gathered and not sent; some may be gone. */
  readonly #owed: Asker<Served>[] = []
  #held = 0
  #reading = false
  #closing = false
  #handing = false
  /** A packet of several requests is being taken in. */
  #taking = false

  constructor(settings: ReplierSessionSettings, events: ReplierEvents) {
    this.#settings = settings
    this.#events = events
    this.#waiting = new OverflowQueue(settings.highWaterMark, 'reject')
    this.ends = new RequestersEnd(settings.senders, this.#askers)
  }

  /** Hands over, or keeps what comes. */
  read(reading: boolean): void {
    this.#reading = reading
    this.#pull()
  }

  /** Takes nothing new: what comes is to be tried elsewhere, and so is what waits while nothing is read. */
  shut(): void {
    this.#closing = true
    if (this.#reading) return
    for (const served of this.#waiting.clear())
      this.#turnAway(served, new ClosedError('Replier: it is closing'))
  }

  /** `speaksFirst` where this side connected, and the other does not know of it before it speaks (RR-5). */
  up(peer: Peer, outlet: Outlet, speaksFirst: boolean): void {
    const asker = new Asker<Served>(peer, outlet)
    this.#askers.set(peer, asker)
    if (speaksFirst) asker.announce()
  }

  down(peer: Peer): void {
    const asker = this.#askers.get(peer)
    if (asker === undefined) return
    asker.gone = true
    this.#askers.delete(peer)
    for (const served of asker.open.all()) this.#cancel(served)
    this.#events.changed()
  }

  packet(peer: Peer, packet: RequestReplyPacket): void {
    const asker = this.#askers.get(peer)
    if (asker === undefined) return
    if (packet.type === 'request') {
      this.#taking = (packet.ids?.length ?? 1) > 1
      this.#request(asker, packet)
      this.#taking = false
      this.#answered()
    }
    if (packet.type === 'end') this.#end(asker, packet.identity)
    if (packet.type === 'cancel') {
      for (const served of asker.open.named(packet.ids)) this.#cancel(served)
    }
  }

  /** Sends the replies that are gathered; says whether there were any. */
  flush(): boolean {
    if (this.#owed.length === 0) return false
    for (let asker = this.#owed.pop(); asker !== undefined; asker = this.#owed.pop()) {
      asker.owed = false
      if (!asker.gone) asker.flush(this.#settings.maxMessageBytes)
    }
    return true
  }

  /** Sends each requester something, so that those that are gone are found out. */
  probe(): void {
    for (const asker of this.#askers.values()) if (asker.announced) asker.greet()
  }

  /** Tells every handler that nobody waits any more. */
  abandon(): void {
    this.shut()
    for (const asker of this.#askers.values()) {
      asker.gone = true
      for (const served of asker.open.all()) this.#cancel(served)
    }
    for (const served of this.#waiting.clear()) this.#cancel(served)
    this.#askers.clear()
    this.#owed.length = 0
  }

  stats(): ReceiverStats {
    return this.ledger.stats(this.#askers.size)
  }

  /** A handler has done with a request. */
  settle(served: Served, outcome: Outcome, error: Error | undefined, reply: unknown): void {
    if (served.state !== 'held') return
    served.state = 'ended'
    served.asker.heldBytes -= served.bytes
    this.#held--
    const ended = this.#answer(served, outcome, error, reply)
    this.ledger.end(ended)
    this.#pull()
    this.#events.changed()
  }

  #request(asker: Asker<Served>, packet: RequestPacket): void {
    if (packet.ids !== undefined) asker.asks(packet.compact)
    if (packet.error !== undefined) return this.#unreadable(asker, packet, packet.error)
    const values = packet.batch?.values() ?? []
    const headers = packet.headers?.values()
    let ready: Served[] = []
    const bytes = (packet.batch?.bytes ?? 0) / Math.max(1, values.length)
    for (let at = 0; at < values.length; at++) {
      const served = new Served(
        asker,
        packet,
        at,
        values[at],
        (headers?.[at] ?? undefined) as Headers | undefined,
      )
      this.ledger.take(headers !== undefined && served.attempt > 1)
      if (served.id !== undefined) asker.open.add(served)
      if (!this.#fits(asker, bytes)) this.#turnAway(served, this.#tooManyBytes())
      else if (this.#closing) this.#turnAway(served, new ClosedError('Replier: it is closing'))
      else if (this.#isOpen(ready.length) && this.#waiting.length === 0)
        ready = appended(ready, this.#keep(served, bytes))
      else if (this.#waiting.offer(served).taken) this.#keep(served, bytes)
      else this.#turnAway(served, this.#full())
    }
    if (ready.length > 0) this.#hand(ready)
    this.#pull()
  }

  /** One request may always come, however large. */
  #fits({ heldBytes }: Asker<Served>, bytes: number): boolean {
    return heldBytes < 1 || heldBytes + bytes <= this.#settings.maxBufferedBytes
  }

  #keep(served: Served, bytes: number): Served {
    served.bytes = bytes
    served.asker.heldBytes += bytes
    return served
  }

  #tooManyBytes(): FullError {
    const error = new FullError(
      `Replier: ${this.#settings.maxBufferedBytes} bytes of requests of one peer are here already (limits.maxBufferedBytes)`,
    )
    this.#events.bounded?.(error)
    return error
  }

  /** Whether one more can be handed over, when so many are about to be. */
  #isOpen(more: number): boolean {
    return this.#reading && !this.#handing && this.#held + more < this.#settings.window
  }

  #full(): FullError {
    return new FullError(`Replier: ${this.#settings.highWaterMark} requests wait already (highWaterMark)`)
  }

  #turnAway(served: Served, error: Error): void {
    served.state = 'ended'
    this.#answer(served, 'failed', error, undefined)
    this.ledger.end('dropped')
  }

  #hand(served: Served[]): void {
    this.#handing = true
    this.#held += served.length
    for (const each of served) each.state = 'held'
    try {
      this.#events.deliver(new ServedDelivery(served, this))
    } finally {
      this.#handing = false
    }
  }

  #pull(): void {
    while (this.#waiting.length > 0 && this.#isOpen(0)) {
      const ready: Served[] = []
      while (this.#isOpen(ready.length)) {
        const served = this.#waiting.shift()
        if (served === undefined) break
        if (served.state === 'waiting') ready.push(served)
      }
      if (ready.length > 0) this.#hand(ready)
    }
  }

  /** Gathers the reply and returns how the request has really ended: what cannot be encoded has failed. */
  #answer(served: Served, outcome: Outcome, error: Error | undefined, reply: unknown): Outcome {
    const { asker } = served
    asker.open.remove(served)
    if (served.cancelled || asker.gone) return outcome
    try {
      if (outcome === 'delivered') this.#reply(served, reply, undefined)
      else this.#reply(served, null, errorHeaders(outcome, error))
      return outcome
    } catch (cause) {
      this.#reply(served, null, errorHeaders('failed', cause))
      return 'failed'
    }
  }

  #reply(served: Served, value: unknown, headers: Headers | undefined): void {
    const { asker, id, opaque } = served
    if (id === undefined) return asker.reply(opaque, value, headers)
    asker.gather(id, value, headers)
    const { maxBatchMessages, maxBatchBytes, maxMessageBytes } = this.#settings
    const full = asker.gathering >= maxBatchMessages || asker.gatheringBytes >= maxBatchBytes
    if (full) return asker.flush(maxMessageBytes)
    if (!asker.owed) this.#owed.push(asker)
    asker.owed = true
    if (!this.#taking) this.#answered()
  }

  /** When nothing else is being worked on, no other reply will follow soon. */
  #answered(): void {
    if (this.#held === 0) this.flush()
    else if (this.#owed.length > 0) this.#events.gathered()
  }

  /** A request whose payload cannot be read is answered all the same (RR-9). */
  #unreadable(asker: Asker<Served>, packet: RequestPacket, error: Error): void {
    this.ledger.refused++
    const { ids } = packet
    const count = ids === undefined ? 1 : ids.length
    for (let at = 0; at < count; at++) {
      this.#reply(new Served(asker, packet, at, undefined, undefined), null, errorHeaders('failed', error))
    }
  }

  #cancel(served: Served): void {
    const { asker } = served
    asker.open.remove(served)
    served.cancel()
    if (served.state !== 'waiting') return
    served.state = 'ended'
    asker.heldBytes -= served.bytes
    this.ledger.end('dropped')
  }

  #end(asker: Asker<Served>, identity: string | undefined): void {
    asker.acknowledgeEnd()
    // One connection is one requester, whatever names it gives itself.
    if (!asker.ended) this.ends.add(identity ?? asker)
    asker.ended = true
    this.#events.changed()
  }
}
