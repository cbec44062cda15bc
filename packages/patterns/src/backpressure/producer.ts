/** The sending side of backpressure: it goes as fast as its receivers finish, and loses nothing. */
import {
  abortable,
  checkSenderOptions,
  ClosedError,
  completeOutbox,
  deadline,
  Gate,
  Gather,
  Lifecycle,
  LinkLedger,
  Outbox,
  siteOf,
} from '@sluice/core/parts'
import type { Headers, LinkSender, LinkStats, Site, SluiceError, Ticket, WaitOptions } from '@sluice/core'
import { defaultHighWaterMarkBytes, lingerMs } from './defaults.ts'
import { LeastLoaded } from './dispatch.ts'
import type { Dispatch, Target } from './dispatch.ts'
import type { Settlement } from './in-flight.ts'
import { Keyed } from './keyed.ts'
import { Outlets } from './outlets.ts'
import { produceEntries } from './produce-options.ts'
import type { ProducerOptions, SendOptions } from './produce-options.ts'
import type { Slice } from './slice.ts'
import { taken, Waiting } from './waiting.ts'

/**
 * Sends messages to the receiver that has the most credit, and keeps each until it is acked.
 *
 * `send` resolves when there is credit for its message; while there is none, or nobody is there, it waits. Sends may
 * overlap and are taken in order. What a lost receiver had in flight is sent again, in order and marked, to whoever is there.
 *
 * Frames: BP-1 to BP-23 of docs/protocol.md; what is sent while the event loop is busy shares a frame, 64 KiB or 1 024 messages by default.
 *
 * Not guaranteed: that a message is delivered only once. Between receivers, order, unless `key` is given.
 */
export class Producer<T = unknown> implements LinkSender, AsyncDisposable {
  readonly #life = new Lifecycle('Producer')
  readonly #peers = new Gate()
  readonly #ledger = new LinkLedger()
  readonly #gather: Gather
  readonly #site: Site
  readonly #outlets: Outlets
  readonly #dispatch: Dispatch
  readonly #waiting: Waiting
  readonly #drainTimeoutMs: number
  readonly #outbox: Outbox | undefined
  #order = 0
  #waitingSince = 0
  #lulled = false
  #hastened = false
  #finished = false

  /** @throws {OptionError} for an option that cannot work, before any I/O. */
  constructor(options: ProducerOptions<T>) {
    checkSenderOptions<ProducerOptions<T>>('Producer', produceEntries, options)
    this.#site = siteOf(options)
    this.#gather = new Gather(this.#site.clock, () => this.#flush())
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    const { limits } = this.#site
    const outbox = completeOutbox(options.outbox)
    // Before any socket is opened: it throws where `lmdb` is missing.
    if (outbox !== undefined) {
      this.#outbox = new Outbox(outbox, limits.maxMessageBytes, {
        offer: (value, headers, ticket) => this.#offer(value, headers, ticket, undefined),
        failed: (error) => void this.#abandon(error, error),
      })
    }
    this.#outlets = new Outlets(this.#site, options.highWaterMarkBytes ?? defaultHighWaterMarkBytes, {
      settled: (settlement) => this.#settle(settlement),
      joined: (target) => this.#dispatch.join(target),
      moved: (target) => this.#dispatch.moved(target),
      left: (target, returned) => this.#leave(target, returned),
      changed: () => this.#changed(),
      failed: (error) => void this.#abandon(error, error),
    })
    const newBuilder = () => this.#outlets.builder()
    const { key } = options
    this.#waiting = new Waiting(newBuilder, limits)
    this.#dispatch =
      key === undefined ? new LeastLoaded(newBuilder, limits) : new Keyed(key, newBuilder, limits)
  }

  /**
   * Sends a message; resolves when it is accepted: when there is credit for it, or with an outbox when it is stored.
   * Rejects with `EncodeError`, with `signal.reason` when the message was taken back, with `ClosedError` and the message in it
   * when the producer closed meanwhile, and with `StateError` after `drain` or `close`.
   */
  send(message: T, options?: SendOptions): Promise<void> {
    try {
      options?.signal?.throwIfAborted()
      if (this.#outbox !== undefined)
        return this.#outbox.offer(message, options?.headers, undefined, options?.signal)
      const accepted = this.#offer(message, options?.headers, undefined, options?.signal)
      return accepted === true ? taken : accepted
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Takes a message: true when there was credit. The ticket is settled when the message is acked; never if it was not accepted. */
  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true | Promise<void> {
    if (this.#outbox !== undefined) return this.#outbox.offer(value, headers, ticket)
    return this.#offer(value, headers, ticket, undefined)
  }

  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#peers.wait(options.signal)
  }

  /** Tells the receivers that nothing follows what was sent, unless another receiver loses something. */
  lull(): void {
    this.#lulled = true
    this.#changed()
  }

  /** Asks for the acks of all that was offered, once it is sent. */
  hasten(): void {
    this.#hastened = true
    this.#gather.mark()
  }

  /**
   * Takes no more, waits until every message is acked and every live receiver has answered the end of the stream, and closes.
   * Where messages are pending and nobody is there it waits for somebody. Rejects with `signal.reason`; the drain itself goes on.
   */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#outbox === undefined) this.#last()
    else void this.#outbox.drain().then(() => this.#last())
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(
    reason: Error = new ClosedError('Producer: closed before the message was acked'),
  ): Promise<void> {
    await this.#abandon(reason, undefined)
  }

  stats(): LinkStats {
    const { inFlight, live: peers, refused, refusedBy, redelivered } = this.#outlets
    const waitingMs = this.#waiting.length > 0 ? this.#site.clock.now() - this.#waitingSince : 0
    const stats = this.#ledger.stats({ pending: this.#dispatch.count, inFlight, peers, refused, refusedBy })
    const all = { ...stats, redelivered, waitedMs: stats.waitedMs + waitingMs }
    return this.#outbox?.stats(all) ?? all
  }

  endpoints(): Promise<readonly string[]> {
    return this.#outlets.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Drains for at most `drainTimeoutMs`, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Producer: drain()')
    await this.drain(limit).catch(() => {})
    limit[Symbol.dispose]()
    await this.close()
  }

  #offer(
    value: unknown,
    headers: Headers | undefined,
    ticket: Ticket | undefined,
    signal: AbortSignal | undefined,
  ): true | Promise<void> {
    this.#life.assertOpen('send()')
    const dispatch = this.#dispatch
    if (this.#waiting.length > 0 || !this.#room()) return this.#wait(value, headers, ticket, signal)
    dispatch.append(value, headers, ticket, this.#order)
    this.#order++
    this.#ledger.accepted++
    // A slice that is full leaves at once.
    if (dispatch.gathered === 0) dispatch.flush()
    else this.#gather.wake()
    return true
  }

  #room(): boolean {
    return this.#dispatch.count < this.#outlets.credit && this.#dispatch.bytes < this.#outlets.creditBytes
  }

  #wait(
    value: unknown,
    headers: Headers | undefined,
    ticket: Ticket | undefined,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const slot = this.#dispatch.slotOf(value)
    const parked = { value, headers, ticket, order: this.#order, slot, signal }
    const promise = this.#waiting.add(parked, () => this.#waited())
    this.#order++
    this.#ledger.waits++
    if (this.#waiting.length === 1) this.#waitingSince = this.#site.clock.now()
    this.#gather.mark()
    return promise
  }

  /** Counts the time since the first had to wait, when nobody waits any more. */
  #waited(): void {
    if (this.#waiting.length > 0) return
    this.#ledger.waitedMs += this.#site.clock.now() - this.#waitingSince
    if (this.#lulled) this.#changed()
  }

  /** Lets waiting sends through, as far as there is credit. */
  #admit(): void {
    const waiting = this.#waiting
    if (waiting.length === 0) return
    while (waiting.length > 0 && this.#room()) {
      const { credit, creditBytes } = this.#outlets
      const slice = waiting.admit(credit - this.#dispatch.count, creditBytes - this.#dispatch.bytes)
      if (slice === undefined) break
      this.#ledger.accepted += slice.batch.count
      this.#dispatch.push(slice)
    }
    if (waiting.length === 0) this.#waited()
  }

  #settle({ slice, from, to, outcome, error }: Settlement): void {
    this.#dispatch.settled(slice, from, to)
    this.#ledger.endAll(outcome, to - from, slice.tickets?.slice(from, to), error)
  }

  #leave(target: Target, returned: readonly Slice[]): void {
    if (this.#life.state !== 'closed') return this.#dispatch.leave(target, returned)
    for (const slice of returned) this.#giveUp(slice, new ClosedError('Producer: closed'))
  }

  /** Credit, receivers or what is to be done have changed. */
  #changed(): void {
    if (this.#life.state === 'closed') return
    if (this.#outlets.live > 0) this.#peers.open()
    else this.#peers.shut()
    const waited = this.#waiting.length > 0
    this.#admit()
    if (this.#dispatch.count > 0) {
      // Whoever was let through is about to send more.
      if (waited) this.#gather.mark()
      else this.#gather.wake()
    } else if (this.#waiting.length > 0) this.#gather.mark() // A mark of zero is told that messages wait (BP-10).
    if (this.#lulled) this.#advance()
  }

  #flush(): boolean {
    const sent = this.#dispatch.flush()
    if (this.#dispatch.count + this.#waiting.length > 0) {
      // What is left when a turn went by without credit is held up.
      if (sent) this.#gather.mark()
      else this.#outlets.block()
    }
    if (this.#hastened) this.#outlets.hasten()
    this.#hastened = false
    if (this.#lulled) this.#advance()
    return sent
  }

  #last(): void {
    if (this.#life.drain()) this.lull()
  }

  /** Goes on with the lull or the drain: all sent, every receiver told; and when draining all acked, ended, closed. */
  #advance(): void {
    if (this.#waiting.length + this.#dispatch.count > 0) return
    if (this.#outlets.inFlight > 0) this.#outlets.last()
    else if (this.#life.state === 'draining' && this.#outlets.end()) this.#finish()
  }

  #finish(): void {
    if (this.#finished) return
    this.#finished = true
    this.#gather.close()
    this.#peers.fail(() => new ClosedError('Producer: closed while waiting for a receiver'))
    this.#outlets.farewell('done', 'everything was acked')
    void this.#outlets
      .close(lingerMs)
      .then(() => this.#outbox?.close())
      .then(() => this.#life.close())
  }

  async #abandon(reason: Error, error: SluiceError | undefined): Promise<void> {
    if (this.#life.close(error)) {
      this.#gather.close()
      this.#peers.fail(() => reason)
      const inFlight = this.#outlets.farewell('closed', reason.message)
      for (const slice of [...inFlight, ...this.#dispatch.clear()]) this.#giveUp(slice, reason)
      this.#waiting.clear((undelivered) => new ClosedError(reason.message, { cause: reason, undelivered }))
    }
    const stored = this.#outbox?.close(reason)
    await this.#outlets.close(lingerMs)
    await stored
  }

  #giveUp({ batch, tickets }: Slice, reason: Error): void {
    this.#ledger.endAll('undelivered', batch.count, tickets, reason)
  }
}
