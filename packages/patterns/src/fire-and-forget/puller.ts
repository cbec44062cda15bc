/** The receiving side of fire-and-forget. */
import {
  abortable,
  checkReceiverOptions,
  ClosedError,
  deadline,
  Lifecycle,
  MessageStream,
  siteOf,
  StateError,
  wholeNumber,
} from '@sluice/core/parts'
import type {
  Delivery,
  LinkReceiver,
  OptionEntries,
  Outcome,
  Peer,
  Port,
  Received,
  ReceiverOptions,
  ReceiverStats,
  Site,
  SluiceError,
  WaitOptions,
} from '@sluice/core'
import { PulledDelivery, PullLedger } from './pulled.ts'
import { SendersEnd } from './senders-end.ts'
import { streamWire } from './wire.ts'
import type { StreamPacket } from './wire.ts'

/** What a puller does with what comes, beside where it stands. */
export interface PullOptions {
  /** Messages taken in and not finished, beyond which nothing more is read from the network. Default 1 000. */
  readonly highWaterMark?: number | undefined
}

/** Where a puller stands, and what it does with what comes. */
export interface PullerOptions extends ReceiverOptions, PullOptions {}

/** A schema for each option of a puller. */
export const pullEntries: OptionEntries<PullOptions> = {
  highWaterMark: wholeNumber(1, undefined, 'messages'),
}

/**
 * Receives what pushers send, as an async iterable or, in a pipeline, by `start`.
 *
 * A message is finished when the loop asks for the next one. While `highWaterMark` messages are unfinished nothing is read
 * from the network, and what is sent meanwhile piles up at the senders, who drop it.
 *
 * The iteration ends when as many senders have ended as `senders` says; without it, when every connection that came has ended
 * its stream and is gone. Frames that break a rule are counted in `stats().refused`.
 *
 * Not guaranteed: what is unread when the puller closes is gone.
 */
export class Puller<T = unknown> implements LinkReceiver, AsyncIterable<T>, AsyncDisposable {
  readonly ended: Promise<void>
  readonly #life = new Lifecycle('Puller')
  readonly #ledger = new PullLedger()
  readonly #stream: MessageStream<T>
  readonly #site: Site
  readonly #port: Port<StreamPacket>
  readonly #senders: SendersEnd
  readonly #highWaterMark: number
  readonly #drainTimeoutMs: number
  readonly #endedResolve: () => void
  #onDelivery: ((delivery: Delivery) => void) | undefined
  #onLast: (() => void) | undefined
  #started = false
  #paused = false
  #full = false
  #reading = false
  #leaving = false

  /** @throws {OptionError} for an option that cannot work, before any I/O. */
  constructor(options: PullerOptions) {
    checkReceiverOptions<PullerOptions>('Puller', pullEntries, options)
    this.#site = siteOf(options)
    this.#highWaterMark = options.highWaterMark ?? 1_000
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#endedResolve = resolve
    this.#senders = new SendersEnd(this.#site.senders, this.#site.clock, () => this.#last())
    this.#stream = new MessageStream<T>('finish')
    this.#port = this.#open()
    // Nothing is read before somebody wants it.
    this.#port.pause()
  }

  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void {
    this.#life.assertOpen('start()')
    if (this.#started)
      throw new StateError(
        'Puller: start() came when it was already being read; it is allowed once, and not beside a loop',
      )
    this.#onDelivery = onDelivery
    this.#onLast = onLast
    this.#begin()
  }

  /** The messages one after the other; each is finished when the next is asked for. */
  [Symbol.asyncIterator](): AsyncIterableIterator<T> {
    return this.messages()
  }

  /** The messages, until `signal` aborts. */
  messages(options: WaitOptions = {}): AsyncIterableIterator<T> {
    this.#iterate()
    return this.#stream.messages(options)
  }

  /** The messages with their headers. */
  received(options: WaitOptions = {}): AsyncIterableIterator<Received<T>> {
    this.#iterate()
    return this.#stream.received(options)
  }

  pause(): void {
    this.#paused = true
    this.#valve()
  }

  resume(): void {
    this.#paused = false
    this.#valve()
  }

  noMoreSenders(): void {
    this.#senders.noMore()
  }

  /** Reads no more, waits until what was read is finished, and closes. */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#life.drain()) {
      this.#valve()
      this.#look()
    }
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(
    reason: Error = new ClosedError('Puller: closed before the message was finished'),
  ): Promise<void> {
    if (this.#life.close()) this.#abandon(reason)
    await this.#port.close(0)
  }

  stats(): ReceiverStats {
    let peers = 0
    for (const peer of this.#senders.peers) peers += this.#port.connections(peer)
    return { ...this.#ledger.stats(peers), refusedBy: this.#site.refusals?.by() ?? {} }
  }

  endpoints(): Promise<readonly string[]> {
    return this.#port.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Closes; behind `start` only after a drain of at most `drainTimeoutMs`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#onDelivery !== undefined) {
      const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Puller: drain()')
      await this.drain(limit).catch(() => {})
      limit[Symbol.dispose]()
    }
    await this.close()
  }

  #open(): Port<StreamPacket> {
    const { ports, bind, connect, trusted, limits, clock } = this.#site
    return ports.open<StreamPacket>({
      shape: 'pull',
      wire: streamWire,
      bind,
      connect,
      trusted,
      clock,
      limits,
      events: {
        up: (peer) => this.#senders.up(peer),
        down: (peer) => this.#senders.down(peer),
        packet: (peer, packet) => this.#packet(peer, packet),
        writable: () => {},
        suspect: () => {},
        refused: () => {
          this.#ledger.refused++
        },
        failed: (error) => {
          if (this.#life.close(error)) this.#abandon(error)
        },
      },
    })
  }

  #iterate(): void {
    if (this.#onDelivery !== undefined)
      throw new StateError('Puller: a loop began when start() had been called; it is allowed without start()')
    if (!this.#started && this.#life.state === 'open') this.#begin()
  }

  #begin(): void {
    this.#started = true
    this.#valve()
  }

  #packet(peer: Peer, packet: StreamPacket): void {
    this.#senders.heard(peer, this.#port.connections(peer))
    if (packet.batch === undefined) return this.#senders.end()
    const delivery = new PulledDelivery(packet, this.#onSettled)
    this.#ledger.take(delivery.values.length, packet.batch.bytes)
    if (!this.#full && this.#load() >= 1) {
      this.#full = true
      this.#valve()
    }
    if (this.#onDelivery === undefined) this.#stream.push(delivery)
    else this.#onDelivery(delivery)
  }

  /** How full this is, in messages or in bytes, whichever is more. */
  #load(): number {
    const { held, heldBytes } = this.#ledger
    return Math.max(held / this.#highWaterMark, heldBytes / this.#site.limits.maxBufferedBytes)
  }

  readonly #onSettled = (outcome: Outcome, bytes: number): void => {
    this.#ledger.end(outcome, bytes)
    if (this.#full && this.#load() <= 1 / 2) {
      this.#full = false
      this.#valve()
    }
    if (this.#ledger.held === 0) this.#look()
  }

  /** Reads from the network, or not. */
  #valve(): void {
    const reading = this.#started && !this.#paused && !this.#full && this.#life.state === 'open'
    if (reading === this.#reading) return
    this.#reading = reading
    if (reading) this.#port.resume()
    else this.#port.pause()
    this.#senders.listen(reading)
  }

  /** Every sender has ended; what they sent has been handed over before. */
  #last(): void {
    this.#stream.end()
    this.#onLast?.()
    this.#look()
  }

  #look(): void {
    if (this.#ledger.held > 0) return
    if (this.#senders.over) this.#endedResolve()
    if (this.#life.state !== 'draining' || this.#leaving) return
    this.#leaving = true
    this.#stream.end()
    this.#senders.close()
    void this.#port.close(0).then(() => this.#life.close())
  }

  #abandon(reason: Error): void {
    this.#senders.close()
    for (const { delivery, index } of this.#stream.clear()) delivery.settle(index, 'undelivered', reason)
    this.#stream.end(reason instanceof ClosedError ? undefined : reason)
  }
}
