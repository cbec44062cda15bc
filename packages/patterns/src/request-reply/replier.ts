/** The answering side of request-reply. */
import {
  abortable,
  checkReceiverOptions,
  ClosedError,
  deadline,
  Gather,
  Lifecycle,
  siteOf,
  StateError,
} from '@sluice/core/parts'
import type {
  Delivery,
  LinkReceiver,
  Port,
  ReceiverStats,
  Site,
  SluiceError,
  WaitOptions,
} from '@sluice/core'
import { Answers } from './answers.ts'
import { handle } from './handler.ts'
import type { RequestHandler } from './handler.ts'
import type { RequestReplyPacket } from './packets.ts'
import { completeDedupe, replyEntries } from './reply-settings.ts'
import type { ReplierOptions } from './reply-settings.ts'
import { ReplierSession } from './replier-session.ts'
import { ServedDelivery } from './served-delivery.ts'
import { replierWire } from './wire.ts'

/**
 * Answers requests, at most `concurrency` at once.
 *
 * A handler that throws or rejects gives an error reply with the error's code and message, never its stack. Its context's
 * `signal` aborts when nobody waits for the answer any more. Requests of a bare REQ client are answered like any other.
 *
 * Frames: RR-1 to RR-14 of docs/protocol.md.
 *
 * Not guaranteed: that a request is seen once: one that was not answered in time may come again, here or at another replier.
 */
export class Replier<Q = unknown, A = unknown> implements LinkReceiver, AsyncDisposable {
  readonly ended: Promise<void>
  readonly #endedResolve: () => void
  readonly #life = new Lifecycle('Replier')
  readonly #gather: Gather
  readonly #site: Site
  readonly #session: ReplierSession
  readonly #bound: Port<RequestReplyPacket> | undefined
  readonly #connected: Port<RequestReplyPacket> | undefined
  readonly #drainTimeoutMs: number
  #onDelivery: ((delivery: Delivery) => void) | undefined
  #onLast: (() => void) | undefined
  #over = false
  #leaving = false

  /**
   * Without a handler it is read by `start`, as the end of a link is.
   * @throws {OptionError} for an option that cannot work, before any I/O.
   */
  constructor(options: ReplierOptions, handler?: RequestHandler<Q, A>) {
    checkReceiverOptions<ReplierOptions>('Replier', replyEntries, options)
    const site = siteOf(options, options.concurrency)
    this.#site = site
    this.#gather = new Gather(site.clock, () => this.#session.flush())
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    const { promise, resolve } = Promise.withResolvers<void>()
    this.ended = promise
    this.#endedResolve = resolve
    const highWaterMark = options.highWaterMark ?? 4_096
    const window = options.concurrency ?? 64
    const answers = this.#remember(options)
    this.#session = new ReplierSession(
      { ...site.limits, window, highWaterMark, senders: site.senders },
      {
        deliver: (delivery) =>
          answers === undefined ? this.#onDelivery?.(delivery) : answers.take(delivery),
        gathered: () => this.#gather.mark(),
        bounded: (error) => site.refusals?.count(error),
        changed: () => this.#look(),
      },
    )
    this.#session.ledger.remembers = answers !== undefined
    this.#bound = site.bind.length > 0 ? this.#open(site.bind, []) : undefined
    this.#connected = site.connect.length > 0 ? this.#open([], site.connect) : undefined
    if (handler !== undefined) {
      this.start((delivery) => {
        if (delivery instanceof ServedDelivery) handle(delivery, handler)
      })
    }
  }

  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void {
    this.#life.assertOpen('start()')
    if (this.#onDelivery !== undefined) {
      throw new StateError(
        'Replier: start() came when it was being read already; start() is allowed once, without a handler',
      )
    }
    this.#onDelivery = onDelivery
    this.#onLast = onLast
    this.#session.read(true)
    this.#look()
  }

  /** Keeps what comes, up to `highWaterMark` requests, until `resume`. */
  pause(): void {
    this.#session.read(false)
  }

  resume(): void {
    if (this.#onDelivery !== undefined) this.#session.read(true)
  }

  noMoreSenders(): void {
    this.#session.ends.noMore()
    this.#look()
  }

  /** Takes no more, waits until all it has is answered, and closes; requesters try elsewhere meanwhile. */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#life.drain()) {
      this.#session.shut()
      this.#look()
    }
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(_reason: Error = new ClosedError('Replier: closed')): Promise<void> {
    if (this.#life.close()) this.#abandon()
    await this.#closePorts(0)
  }

  stats(): ReceiverStats {
    return { ...this.#session.stats(), refusedBy: this.#site.refusals?.by() ?? {} }
  }

  async endpoints(): Promise<readonly string[]> {
    return this.#bound === undefined ? [] : this.#bound.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Drains for at most `drainTimeoutMs`, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Replier: drain()')
    await this.drain(limit).catch(() => {})
    limit[Symbol.dispose]()
    await this.close()
  }

  #remember({ dedupe }: ReplierOptions): Answers | undefined {
    if (dedupe === undefined) return undefined
    return new Answers(completeDedupe(dedupe), {
      settle: (...ended) => this.#session.settle(...ended),
      hand: (delivery) => this.#onDelivery?.(delivery),
      duplicate: (outcome) => this.#session.ledger.duplicate(outcome),
    })
  }

  /** Bound and connected endpoints are ports of their own, since only the connecting side speaks first (RR-5). */
  #open(bind: readonly string[], connect: readonly string[]): Port<RequestReplyPacket> {
    const { ports, trusted, limits, clock } = this.#site
    const session = this.#session
    const port: Port<RequestReplyPacket> = ports.open<RequestReplyPacket>({
      shape: 'duplex',
      wire: replierWire(limits.maxMessageBytes),
      bind,
      connect,
      trusted,
      limits,
      clock,
      events: {
        up: (peer) => session.up(peer, port, connect.length > 0),
        down: (peer) => session.down(peer),
        packet: (peer, packet) => session.packet(peer, packet),
        writable: () => {},
        suspect: () => session.probe(),
        refused: () => {
          session.ledger.refused++
        },
        failed: (error) => {
          if (!this.#life.close(error)) return
          this.#abandon()
          void this.#closePorts(0)
        },
      },
    })
    return port
  }

  #look(): void {
    const session = this.#session
    if (!this.#over && session.ends.over && this.#onDelivery !== undefined) {
      this.#over = true
      this.#onLast?.()
    }
    if (session.ledger.held > 0) return
    if (this.#over) this.#endedResolve()
    if (this.#life.state !== 'draining' || this.#leaving) return
    this.#leaving = true
    session.flush()
    this.#gather.close()
    void this.#closePorts(this.#drainTimeoutMs).then(() => this.#life.close())
  }

  #abandon(): void {
    this.#gather.close()
    this.#session.abandon()
  }

  async #closePorts(lingerMs: number): Promise<void> {
    await Promise.all([this.#bound?.close(lingerMs), this.#connected?.close(lingerMs)])
  }
}
