/** The asking side of request-reply. */
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
  siteOf,
} from '@sluice/core/parts'
import type { Headers, LinkSender, Peer, Port, Site, SluiceError, Ticket, WaitOptions } from '@sluice/core'
import { Asked, Offered } from './callers.ts'
import type { Call, Caller, Patience } from './calls.ts'
import { DueTimer } from './due-timer.ts'
import { DurableRequests } from './durable-requests.ts'
import { Farewell } from './farewell.ts'
import type { RequestReplyPacket } from './packets.ts'
import { patienceOf } from './patience.ts'
import { completeSettings, requesterEntries } from './request-settings.ts'
import type { CompleteSettings } from './request-settings.ts'
import { boundsOf, refuseBeyond } from './requester-options.ts'
import type { RequestBounds, RequesterOptions, RequesterStats, RequestOptions } from './requester-options.ts'
import { openRequester } from './requester-port.ts'
import { RequesterSession } from './requester-session.ts'
import { WaitingRoom } from './waiting-room.ts'

/**
 * Sends requests and takes their replies, many at a time and in any order.
 *
 * Each goes to the replier with the fewest in flight, of those that answer in time. What is not answered, or whose replier is lost,
 * goes to another, at most `retries` times: a handler may see it twice. What is asked while others are in flight shares a frame.
 *
 * Frames: RR-1 to RR-14 of docs/protocol.md. A bare REP server is asked one message a frame.
 *
 * @example
 * import { Replier, Requester } from '@sluice/patterns'
 *
 * await using replier = new Replier({ bind: 'tcp://127.0.0.1:*' }, (dish) => `${dish} is on the shelf`)
 * const [endpoint] = await replier.endpoints()
 * await using requester = new Requester({ connect: endpoint })
 * console.log(await requester.request('salad', { timeoutMs: 1_000 }))
 */
export class Requester<Q = unknown, A = unknown> implements LinkSender, AsyncDisposable {
  readonly #life = new Lifecycle('Requester')
  readonly #peers = new Gate()
  readonly #ledger = new LinkLedger()
  readonly #gather: Gather
  readonly #site: Site
  readonly #settings: CompleteSettings
  readonly #bounds: RequestBounds
  readonly #drainTimeoutMs: number
  readonly #port: Port<RequestReplyPacket>
  readonly #session: RequesterSession
  readonly #timer: DueTimer
  readonly #room: WaitingRoom
  readonly #farewell: Farewell
  readonly #durable: DurableRequests | undefined
  #refused = 0
  #ending = false

  /** @throws {OptionError} for an option that cannot work, before any I/O. */
  constructor(options: RequesterOptions) {
    checkSenderOptions<RequesterOptions>('Requester', requesterEntries, options)
    const site = (this.#site = siteOf(options))
    this.#gather = new Gather(site.clock, () => this.#session.flush())
    this.#settings = completeSettings(options)
    this.#bounds = boundsOf(options)
    this.#drainTimeoutMs = options.drainTimeoutMs ?? 10_000
    this.#durable = this.#openOutbox(options)
    const port = (this.#port = this.#open())
    const { random, limits } = site
    this.#session = new RequesterSession({ ...this.#settings, ...limits, random }, port)
    this.#timer = new DueTimer(site.clock, (now) => this.#tick(now))
    this.#room = new WaitingRoom(this.#ledger, site.clock)
    this.#farewell = new Farewell({
      identity: site.identity,
      everyone: options.tellEveryone ?? false,
      clock: site.clock,
      send: (peer, packet) => port.send(peer, packet),
      onDone: () => this.#leave(),
    })
  }

  /**
   * Asks, and resolves to the reply.
   *
   * Rejects with a `TimeoutError` after the last attempt, a `RemoteError` when the handler failed, a `LinkError` when the last
   * attempt's replier was lost, a `FullError` beyond `highWaterMark` or `highWaterMarkBytes`, and with `signal.reason` as it is when
   * the signal aborts; the handler's own signal then aborts too. Errors give the message back as `undelivered` where they have one.
   */
  request(message: Q, options: RequestOptions = {}): Promise<A> {
    return new Promise<A>((resolve, reject) => {
      const { signal, headers } = options
      this.#life.assertOpen('request()')
      signal?.throwIfAborted()
      const { outstanding, inFlight, bytes } = this.#session
      const messages = outstanding - inFlight + (this.#durable?.waiting ?? 0)
      refuseBeyond(this.#bounds, messages, bytes, message)
      const asked = new Asked(this.#ledger, this.#onEnded, resolve as (value: unknown) => void, reject)
      const patience = patienceOf(options, this.#settings)
      if (this.#durable !== undefined) return this.#durable.ask(asked, message, patience, options)
      const call = this.#submit(asked, message, headers, patience)
      if (signal !== undefined) asked.heed(signal, () => this.#cancel(call))
    })
  }

  /** Takes a message while fewer than `inFlight` for each replier are outstanding; the reply settles the ticket. */
  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true | Promise<void> {
    this.#life.assertOpen('offer()')
    if (this.#durable !== undefined) return this.#durable.offer(value, headers, ticket)
    return this.#take(value, headers, new Offered(this.#ledger, this.#onEnded, ticket))
  }

  async ready(options: WaitOptions = {}): Promise<void> {
    await this.#peers.wait(options.signal)
  }

  /** Takes no more, waits until everything is answered or has failed, tells the repliers of the end, and closes. */
  async drain(options: WaitOptions = {}): Promise<void> {
    if (this.#life.drain()) {
      void this.#durable?.drain().then(this.#onEnded)
      this.#look()
    }
    const error = await abortable(this.#life.closed, options.signal)
    if (error !== undefined) throw error
  }

  async close(
    reason: Error = new ClosedError('Requester: closed before the request was answered'),
  ): Promise<void> {
    if (this.#life.close()) this.#abandon(reason)
    await this.#closeAll(reason)
  }

  stats(): RequesterStats {
    const { outstanding, inFlight, repliers, late, retried, unreadable } = this.#session
    this.#ledger.redelivered = retried
    const pending = outstanding - inFlight
    const refused = this.#refused + unreadable
    const refusedBy = this.#site.refusals?.by() ?? {}
    const stats = this.#ledger.stats({ pending, inFlight, peers: repliers.size, refused, refusedBy })
    return { ...(this.#durable?.stats(stats) ?? stats), late }
  }

  endpoints(): Promise<readonly string[]> {
    return this.#port.bound()
  }

  get closed(): Promise<SluiceError | undefined> {
    return this.#life.closed
  }

  /** Drains for at most `drainTimeoutMs`, then closes. */
  async [Symbol.asyncDispose](): Promise<void> {
    const limit = deadline(this.#site.clock, this.#drainTimeoutMs, 'Requester: drain()')
    await this.drain(limit).catch(() => {})
    limit[Symbol.dispose]()
    await this.close()
  }

  #openOutbox({ outbox, onRecovered }: RequesterOptions): DurableRequests | undefined {
    const complete = completeOutbox(outbox)
    if (complete === undefined) return undefined
    return new DurableRequests(complete, this.#site.limits.maxMessageBytes, {
      ledger: this.#ledger,
      timeoutMs: this.#settings.timeoutMs,
      onEnded: this.#onEnded,
      onRecovered,
      submit: (...request) => this.#submit(...request),
      take: (caller, value, headers) => this.#take(value, headers, caller),
      cancel: (call) => this.#cancel(call),
      failed: (error) => this.#fail(error),
    })
  }

  #open(): Port<RequestReplyPacket> {
    return openRequester(this.#site, {
      up: (peer) => this.#up(peer),
      down: (peer) => this.#down(peer),
      packet: (peer, packet) => this.#packet(peer, packet),
      writable: () => {},
      suspect: () => this.#session.probe(),
      refused: () => void this.#refused++,
      failed: (error) => this.#fail(error),
    })
  }

  #submit(caller: Caller, value: unknown, headers: Headers | undefined, patience: Patience): Call {
    const session = this.#session
    const call = session.submit(caller, value, headers, patience, this.#site.clock.now())
    this.#ledger.accepted++
    // A lone request leaves at once; what comes while it is out is gathered to the end of each turn.
    if (session.ripe || (session.outstanding === 1 && !this.#gather.busy)) session.flush()
    else this.#gather.mark()
    this.#timer.at(session.nextDue)
    return call
  }

  #take(value: unknown, headers: Headers | undefined, caller: Caller): true | Promise<void> {
    if (this.#room.length > 0 || !this.#hasRoom()) return this.#room.wait(value, headers, caller)
    this.#admit(value, headers, caller)
    return true
  }

  readonly #admit = (value: unknown, headers: Headers | undefined, caller: Caller): void => {
    this.#submit(caller, value, headers, this.#durable?.offeredPatience ?? this.#settings)
  }

  readonly #hasRoom = (): boolean => {
    const { outstanding, repliers, bytes } = this.#session
    const most = this.#settings.inFlight * Math.max(1, repliers.size)
    return outstanding < most && bytes < this.#bounds.bytes
  }

  #up(peer: Peer): void {
    this.#session.up(peer)
    this.#peers.open()
    const replier = this.#session.repliers.get(peer)
    if (this.#ending && replier !== undefined) this.#farewell.tell(replier)
    this.#gather.wake()
    this.#look()
  }

  #down(peer: Peer): void {
    const replier = this.#session.repliers.get(peer)
    this.#session.down(peer, this.#site.clock.now())
    if (this.#session.repliers.size === 0) this.#peers.shut()
    if (replier !== undefined) this.#farewell.forget(replier)
    this.#after()
  }

  #packet(peer: Peer, packet: RequestReplyPacket): void {
    // Several that are answered together are mostly followed by as many: none of those is alone.
    if (packet.type === 'reply' && packet.ids !== undefined && packet.ids.length > 1) this.#gather.mark()
    this.#session.packet(peer, packet, this.#site.clock)
    const replier = packet.type === 'ended' ? this.#session.repliers.get(peer) : undefined
    if (replier !== undefined) this.#farewell.forget(replier)
    this.#after()
  }

  #cancel(call: Call): void {
    this.#session.cancel(call)
    this.#after()
  }

  #tick(now: number): void {
    this.#session.tick(now)
    this.#after()
  }

  /** Calls may have moved: some wait to be sent, and another may be due. */
  #after(): void {
    if (this.#session.outstanding > this.#session.inFlight) this.#gather.wake()
    this.#timer.at(this.#session.nextDue)
  }

  readonly #onEnded = (): void => this.#look()

  #look(): void {
    if (this.#room.length > 0) this.#room.admit(this.#hasRoom, this.#admit)
    const isOver =
      this.#session.outstanding === 0 && this.#room.length === 0 && (this.#durable?.handedOn ?? true)
    if (!isOver || this.#ending || this.#life.state !== 'draining') return
    this.#ending = true
    this.#stop(new ClosedError('Requester: closed while waiting for a replier'))
    this.#farewell.begin(this.#session.repliers)
  }

  #leave(): void {
    this.#session.repliers.clear()
    void this.#closeAll(new ClosedError('Requester: drained')).then(() => this.#life.close())
  }

  #fail(error: SluiceError): void {
    if (this.#life.close(error)) this.#abandon(error)
    void this.#closeAll(error)
  }

  async #closeAll(reason: Error): Promise<void> {
    await Promise.all([this.#port.close(0), this.#durable?.close(reason)])
  }

  #stop(reason: Error): void {
    this.#gather.close()
    this.#timer.cancel()
    this.#peers.fail(() => reason)
  }

  #abandon(reason: Error): void {
    this.#stop(reason)
    this.#farewell.close()
    // Before anything is turned away: what is stored stays so.
    void this.#durable?.close(reason)
    this.#room.close((undelivered) => new ClosedError(reason.message, { undelivered, cause: reason }))
    this.#session.abandon(reason)
  }
}
