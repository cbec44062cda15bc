/** The receiving side of backpressure: it says how much may come, and acks what it has finished. */
import {
  abortable,
  checkReceiverOptions,
  ClosedError,
  deadline,
  Gather,
  Lifecycle,
  MessageStream,
  siteOf,
} from '@sluice/core/parts'
import type {
  Delivery,
  LinkReceiver,
  Outcome,
  Received,
  ReceiverStats,
  Site,
  SluiceError,
  WaitOptions,
} from '@sluice/core'
import { consumerEntries, consumeWindow } from './consume-options.ts'
import type { ConsumerOptions } from './consume-options.ts'
import { ConsumeLedger } from './consume-ledger.ts'
import { lingerMs } from './defaults.ts'
import { Dedupe, wholeOf } from './dedupe.ts'
import { BatchDelivery } from './delivery.ts'
import { loopBesideStart, startedTwice } from './double-reading.ts'
import { Inlets } from './inlets.ts'
import type { DataPacket } from './packets.ts'
import type { Reception } from './reception.ts'
import { Roll } from './roll.ts'

/**
 * Receives what producers send, as an async iterable or, in a pipeline, by `start`.
 *
 * A message is finished when the loop asks for the next one, and only then acked. A loop that is left with `break` or a throw leaves
 * the message in hand unfinished: when the consumer closes, it goes to another, marked as redelivered. Nothing is sent to a consumer
 * before somebody wants it.
 *
 * The iteration ends when as many senders have ended as `senders` says; without it, when every sender that came has ended or closed.
 *
 * Frames: BP-1 to BP-23 of docs/protocol.md. Frames that break a rule end their sender's session, and are counted in `stats().refused`.
 */
export class Consumer<T = unknown> implements LinkReceiver, AsyncIterable<T>, AsyncDisposable {
  readonly ended: Promise<void>
  readonly #life = new Lifecycle('Consumer')
  readonly #stream = new MessageStream<T>('leave')
  readonly #gather: Gather
  readonly #site: Site
  readonly #inlets: Inlets
  readonly #roll: Roll
  /** Sessions of which all has come, and perhaps not all is settled. */
  readonly #completing = new Set<Reception>()
  readonly #dedupe: Dedupe | undefined
  readonly #drainTimeoutMs: number
  readonly #endedResolve: () => void
  readonly #ledger = new ConsumeLedger()
  #onDelivery: ((delivery: Delivery) => void) | undefined
  #onLast: (() => void) | undefined
  #touched: BatchDelivery[] = []
  #started = false
  #paused = false
  #handing = false
  /** Some sender has ended, or is gone: it is worth looking whether all have. */
  #ending = false
  #complete = false
  #over = false
  #leaving = false

  /** @throws {OptionError} for an option that cannot work, before any I/O. */
  constructor(options: ConsumerOptions) {
    checkReceiverOptions<ConsumerOptions>('Consumer', consumerEntries, options)
    const window = consumeWindow(options)
    this.#site = siteOf(options, window.concurrency)
    this.#gather = new Gather(this.#site.clock, () => this.#flush())
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#endedResolve = resolve
    if (options.dedupe !== undefined)
      this.#dedupe = new Dedupe(options.dedupe.remember, this.#give, () => this.#ledger.duplicate())
    this.#ledger.remembers = options.dedupe !== undefined
    this.#roll = new Roll(this.#site.senders)
    this.#inlets = new Inlets(this.#site, window, {
      delivery: (packet, reception) => this.#hand(packet, reception),
      complete: (reception) => {
        this.#ending = true
        this.#completing.add(reception)
      },
      opened: (reception) => this.#roll.open(reception.sender),
      over: (reception, left) => this.#sessionOver(reception, left),
      owes: () => this.#gather.wake(),
      failed: (error) => void this.#abandon(error, error),
    })
  }

  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void {
    this.#life.assertOpen('start()')
    if (this.#started) throw startedTwice()
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

  /** Announces a mark of 0: what is outstanding still comes. */
  pause(): void {
    this.#paused = true
    this.#valve()
  }

  resume(): void {
    this.#paused = false
    this.#valve()
  }

  noMoreSenders(): void {
    this.#roll.noMore()
    this.#ending = true
    this.#inlets.probe()
    this.#look()
  }

  /** Takes no more, waits until what it handed over is finished, and closes; what nobody has begun goes to another. */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#life.drain()) {
      this.#inlets.pause(true)
      this.#giveBack()
      this.#flush()
    }
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(
    reason: Error = new ClosedError('Consumer: closed before the message was finished'),
  ): Promise<void> {
    await this.#abandon(reason, undefined)
  }

  stats(): ReceiverStats {
    this.#report()
    const { live, refused } = this.#inlets
    return { ...this.#ledger.stats(live, refused), refusedBy: this.#site.refusals?.by() ?? {} }
  }

  endpoints(): Promise<readonly string[]> {
    return this.#inlets.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Closes; behind `start` only after a drain of at most `drainTimeoutMs`. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#onDelivery !== undefined) {
      const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Consumer: drain()')
      await this.drain(limit).catch(() => {})
      limit[Symbol.dispose]()
    }
    await this.close()
  }

  #iterate(): void {
    if (this.#onDelivery !== undefined) throw loopBesideStart()
    if (!this.#started && this.#life.state === 'open') this.#begin()
  }

  #begin(): void {
    this.#started = true
    this.#valve()
  }

  #valve(): void {
    if (this.#life.state === 'open') this.#inlets.pause(this.#paused || !this.#started)
  }

  #hand(packet: DataPacket, reception: Reception): void {
    // What comes while draining stays unacked, and goes to another receiver.
    if (this.#life.state !== 'open') return
    const delivery = new BatchDelivery(packet, reception, this.#owner)
    this.#ledger.take(delivery.values.length, delivery.redelivered)
    this.#handing = true
    try {
      const fresh = this.#dedupe === undefined ? delivery : this.#dedupe.sift(delivery)
      if (fresh !== undefined) this.#give(fresh)
    } finally {
      this.#handing = false
    }
    // What was settled at once is acked at once, in one ack; its values are not kept until then.
    if (this.#touched.length > 0) {
      this.#report()
      this.#gather.wake()
    }
    if (this.#ending) this.#look()
  }

  readonly #give = (delivery: Delivery): void => {
    if (this.#onDelivery === undefined) this.#stream.push(delivery)
    else this.#onDelivery(delivery)
  }

  readonly #owner = {
    touched: (delivery: BatchDelivery): void => {
      this.#touched.push(delivery)
      if (!this.#handing) this.#gather.mark()
    },
    pressed: (): void => void this.#flush(),
    ended: (outcome: Outcome, count: number): void => this.#ledger.end(outcome, count),
  }

  #sessionOver(reception: Reception, left: boolean): void {
    this.#completing.delete(reception)
    if (reception.ended) this.#roll.end(reception.sender)
    else if (left) this.#roll.leave(reception.sender)
    this.#ending = true
    this.#dedupe?.forget(({ reception: of }) => of === reception)
    for (const { delivery, index } of this.#stream.discard((one) => wholeOf(one).reception === reception))
      delivery.settle(index, 'undelivered')
    this.#gather.mark()
  }

  #report(): void {
    const touched = this.#touched
    if (touched.length === 0) return
    this.#touched = []
    for (const delivery of touched) {
      delivery.report()
      this.#inlets.owe(delivery.reception)
    }
  }

  /** Acks what has been finished since the last time. */
  #flush(): boolean {
    this.#report()
    const acked = this.#life.state !== 'closed' && this.#inlets.ack()
    if (this.#ending || this.#life.state === 'draining') this.#look()
    return acked
  }

  /** Looks whether everything has come, is settled, or was to be settled before closing. */
  #look(): void {
    for (const reception of this.#completing) {
      if (!reception.ended) continue
      this.#completing.delete(reception)
      this.#roll.end(reception.sender)
    }
    if (!this.#complete && this.#roll.complete(this.#inlets.receptions())) {
      this.#complete = true
      this.#onLast?.()
    }
    if (this.#ledger.held > 0) return
    if (!this.#over && this.#roll.ended(this.#inlets.receptions())) {
      this.#over = true
      this.#endedResolve()
      this.#stream.end()
    }
    if (this.#life.state === 'draining') this.#leave()
  }

  #leave(): void {
    if (this.#leaving) return
    this.#leaving = true
    this.#gather.close()
    this.#stream.end()
    void this.#inlets.close('closed', 'the receiver has drained', lingerMs).then(() => this.#life.close())
  }

  #giveBack(): void {
    for (const { delivery, index } of this.#stream.clear()) delivery.settle(index, 'undelivered')
  }

  async #abandon(reason: Error, error: SluiceError | undefined): Promise<void> {
    if (this.#life.state !== 'closed' && !this.#leaving) this.#flush()
    if (this.#life.close(error)) {
      this.#gather.close()
      this.#giveBack()
      this.#stream.end(reason instanceof ClosedError ? undefined : reason)
    }
    await this.#inlets.close('closed', reason.message, lingerMs)
  }
}
