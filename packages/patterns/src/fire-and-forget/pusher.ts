/** The sending side of fire-and-forget: puts messages down and never waits. */
import {
  checkSenderOptions,
  ClosedError,
  deadline,
  Gate,
  Gather,
  Lifecycle,
  abortable,
  LinkLedger,
  siteOf,
} from '@sluice/core/parts'
import type {
  Headers,
  LinkSender,
  LinkStats,
  Peer,
  Port,
  Site,
  SluiceError,
  Ticket,
  WaitOptions,
} from '@sluice/core'
import { Lanes } from './lanes.ts'
import { PushQueue } from './push-queue.ts'
import { pushEntries } from './push-options.ts'
import type { PusherOptions, SendOptions } from './push-options.ts'
import { streamWire } from './wire.ts'
import type { StreamPacket } from './wire.ts'

/** Into how many frames what was gathered is split at most, so that several receivers get a share. */
const mostShares = 16
const settled: Promise<void> = Promise.resolve()
const endOfStream: StreamPacket = { batch: undefined, headers: undefined }

/**
 * Sends messages to whichever receivers are there, each in turn.
 *
 * Never waits: without a receiver a message is dropped as `no-peer`, and without room as `full`; `stats()` tells how many.
 * `send` returns a promise that is settled already. What is sent while the event loop is busy shares a frame.
 *
 * Frames: FNF-1, FNF-2 of docs/protocol.md, 64 KiB or 1 024 messages each by default.
 *
 * Not guaranteed: that what a socket took arrives. Between receivers, order.
 *
 * @example
 * import { Puller, Pusher } from '@sluice/patterns'
 *
 * const puller = new Puller({ bind: 'tcp://127.0.0.1:*', senders: 1 })
 * const [endpoint] = await puller.endpoints()
 * const pusher = new Pusher({ connect: endpoint })
 * await pusher.ready()
 * for (const dish of ['salad', 'bread']) await pusher.send(dish)
 * await pusher.drain()
 * for await (const dish of puller) console.log(dish)
 * await puller.close()
 */
export class Pusher<T = unknown> implements LinkSender, AsyncDisposable {
  readonly #life = new Lifecycle('Pusher')
  readonly #peers = new Gate()
  readonly #ledger = new LinkLedger()
  readonly #lanes = new Lanes()
  readonly #gather: Gather
  readonly #site: Site
  readonly #port: Port<StreamPacket>
  readonly #queue: PushQueue
  readonly #highWaterMark: number
  readonly #dropOldest: boolean
  readonly #frameMessages: number
  readonly #gatherMessages: number
  readonly #drainTimeoutMs: number
  #ending = false

  /** @throws {OptionError} for an option that cannot work, before any I/O. */
  constructor(options: PusherOptions) {
    checkSenderOptions<PusherOptions>('Pusher', pushEntries, options)
    this.#site = siteOf(options)
    this.#gather = new Gather(this.#site.clock, () => this.#flush())
    const { limits } = this.#site
    this.#highWaterMark = options.highWaterMark ?? 1_000
    this.#dropOldest = options.overflow === 'drop-oldest'
    this.#frameMessages = Math.min(
      options.maxBatchMessages ?? limits.maxBatchMessages,
      limits.maxBatchMessages,
    )
    this.#gatherMessages = Math.min(limits.maxBatchMessages, this.#highWaterMark)
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    this.#port = this.#open()
    this.#queue = new PushQueue(() => this.#port.builder(), limits.maxMessageBytes)
  }

  /** Puts a message down. Rejects only for what cannot travel, after a drain or close, or when `signal` has aborted. */
  send(message: T, options?: SendOptions): Promise<void> {
    try {
      options?.signal?.throwIfAborted()
      this.offer(message, options?.headers, undefined)
      return settled
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /** Puts a message down; the ticket is settled when a socket has taken it, or when it was dropped. */
  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true {
    this.#life.assertOpen('send()')
    if (this.#lanes.size === 0) return this.#lose('no-peer', ticket)
    const queue = this.#queue
    if (queue.length >= this.#highWaterMark && this.#lanes.open) this.#flush()
    const full = queue.length >= this.#highWaterMark
    if (full && !this.#dropOldest) return this.#lose('full', ticket)
    queue.push(value, headers, ticket)
    this.#ledger.accepted++
    if (full) this.#dropFirst()
    const gathered = queue.gathering
    if (gathered >= this.#gatherMessages || queue.gatheringBytes >= this.#site.limits.maxBatchBytes)
      this.#flush()
    else if (this.#lanes.open) this.#gather.wake()
    return true
  }

  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#peers.wait(options.signal)
  }

  /** Takes no more, sees all that is pending handed to sockets, tells every receiver of the end, and closes. */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#life.drain()) {
      for (const lane of this.#lanes) lane.endsOwed = this.#port.connections(lane.peer)
      this.#flush()
    }
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(reason: Error = new ClosedError('Pusher: closed before the message was sent')): Promise<void> {
    if (this.#life.close()) this.#abandon(reason)
    await this.#port.close(0)
  }

  stats(): LinkStats {
    const refusedBy = this.#site.refusals?.by() ?? {}
    return this.#ledger.stats({
      pending: this.#queue.length,
      inFlight: 0,
      peers: this.#connections(),
      refused: Object.values(refusedBy).reduce((sum, count) => sum + count, 0),
      refusedBy,
    })
  }

  endpoints(): Promise<readonly string[]> {
    return this.#port.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Drains for at most `drainTimeoutMs`, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Pusher: drain()')
    await this.drain(limit).catch(() => {})
    limit[Symbol.dispose]()
    await this.close()
  }

  #open(): Port<StreamPacket> {
    const { ports, bind, connect, trusted, limits, clock } = this.#site
    return ports.open<StreamPacket>({
      shape: 'push',
      wire: streamWire,
      bind,
      connect,
      trusted,
      clock,
      limits,
      events: {
        up: (peer) => this.#up(peer),
        down: (peer) => this.#down(peer),
        writable: (peer) => {
          this.#lanes.unblock(peer)
          this.#flush()
        },
        packet: () => {},
        suspect: () => {},
        refused: () => {},
        failed: (error) => {
          if (this.#life.close(error)) this.#abandon(error)
        },
      },
    })
  }

  #up(peer: Peer): void {
    const lane = this.#lanes.add(peer)
    this.#peers.open()
    if (this.#life.state !== 'draining') return
    lane.endsOwed = this.#port.connections(peer)
    this.#flush()
  }

  #down(peer: Peer): void {
    this.#lanes.remove(peer)
    if (this.#lanes.size === 0) {
      this.#peers.shut()
      this.#loseAll('no-peer')
    }
    // It may have been the last that an end was owed to.
    if (this.#life.state === 'draining') this.#flush()
  }

  /** Hands over what is pending, and the ends after it; says whether it handed over anything. */
  #flush(): boolean {
    const queue = this.#queue
    queue.seal()
    const share = Math.min(this.#frameMessages, Math.ceil(queue.length / this.#shares()))
    let sent = false
    for (let lane = this.#lanes.next(); lane !== undefined; lane = this.#lanes.next()) {
      const parcel = queue.peek(share)
      if (parcel === undefined) break
      if (!this.#port.send(lane.peer, parcel)) {
        this.#lanes.block(lane)
        continue
      }
      sent = true
      const { count } = parcel.batch
      this.#ledger.endAll('delivered', count, queue.remove(count))
    }
    if (this.#life.state === 'draining' && queue.length === 0) this.#end()
    return sent
  }

  #shares(): number {
    return Math.max(1, Math.min(this.#connections(), mostShares))
  }

  #connections(): number {
    let connections = 0
    for (const lane of this.#lanes) connections += this.#port.connections(lane.peer)
    return connections
  }

  /** Sends each receiver the end of the stream, and closes when all have it. */
  #end(): void {
    let owed = 0
    for (const lane of this.#lanes) {
      while (lane.endsOwed > 0 && lane.writable) {
        if (this.#port.send(lane.peer, endOfStream)) lane.endsOwed--
        else this.#lanes.block(lane)
      }
      owed += lane.endsOwed
    }
    if (owed > 0 || this.#ending) return
    this.#ending = true
    this.#lanes.clear()
    this.#gather.close()
    this.#peers.fail(() => new ClosedError('Pusher: closed while waiting for a receiver'))
    void this.#port.close(this.#drainTimeoutMs).then(() => this.#life.close())
  }

  #lose(reason: string, ticket: Ticket | undefined): true {
    this.#ledger.accepted++
    this.#ledger.drop(reason, 1, ticket === undefined ? undefined : [ticket])
    return true
  }

  #dropFirst(): void {
    if (this.#queue.length === this.#queue.gathering) this.#queue.seal()
    this.#ledger.drop('full', 1, this.#queue.remove(1))
  }

  #loseAll(reason: string): void {
    for (const { count, tickets } of this.#queue.clear()) this.#ledger.drop(reason, count, tickets)
  }

  #abandon(reason: Error): void {
    this.#lanes.clear()
    this.#gather.close()
    this.#peers.fail(() => reason)
    for (const { count, tickets } of this.#queue.clear())
      this.#ledger.endAll('undelivered', count, tickets, reason)
  }
}
