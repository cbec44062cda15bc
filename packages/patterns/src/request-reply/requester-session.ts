/** A requester without its socket: events and the time go in, packets come out. */
import { Deque, LinkError, MessageBuilder, RemoteError, sliceLetter, TimeoutError } from '@sluice/core'
import type { Backoff, Headers, Letter, Peer } from '@sluice/core'
import { Calls } from './calls.ts'
import type { Call, Caller, Patience } from './calls.ts'
import { isBusy, outcomeOf, remoteErrorIn } from './error-reply.ts'
import type { Outlet } from './outlet.ts'
import type { ReplyPacket, RequestReplyPacket } from './packets.ts'
import { Repliers } from './repliers.ts'
import type { KnownReplier } from './repliers.ts'

export interface SessionSettings {
  /** Requests in flight at one replier. */
  readonly inFlight: number
  /** The rest after a replier was full. */
  readonly backoff: Backoff
  readonly maxBatchMessages: number
  /** A number from 0 up to 1, for the jitter of rests. */
  readonly random: () => number
}

/**
 * Sends requests to whichever replier has the fewest in flight, takes answers in any order, and tries again elsewhere what was
 * not answered in time or whose replier was lost.
 */
export class RequesterSession {
  readonly repliers: Repliers
  /** Replies that nobody waited for (RR-8). */
  late = 0
  /** Replies whose payload could not be read. */
  unreadable = 0
  /** Requests that were sent again. */
  retried = 0
  readonly #settings: SessionSettings
  readonly #outlet: Outlet
  readonly #calls = new Calls()
  readonly #builder: MessageBuilder
  #gathered: Call[] = []
  /** Sealed and never sent, in order; those that have ended meanwhile are passed over. */
  readonly #fresh = new Deque<Call>()
  /** To be sent again. */
  readonly #again = new Deque<Call>()
  #inFlight = 0

  constructor(settings: SessionSettings, outlet: Outlet) {
    this.#settings = settings
    this.#outlet = outlet
    this.repliers = new Repliers(settings.inFlight)
    this.#builder = new MessageBuilder(() => outlet.builder())
  }

  /** Requests that have not ended. */
  get outstanding(): number {
    return this.#calls.size
  }

  get inFlight(): number {
    return this.#inFlight
  }

  /** Requests that are being gathered, and their encoded bytes. */
  get gathering(): number {
    return this.#builder.count
  }

  get gatheringBytes(): number {
    return this.#builder.bytes
  }

  /** When `tick` has something to do, on the clock whose time the session is given. */
  get nextDue(): number {
    return this.#calls.next?.due ?? Infinity
  }

  /** Takes a request; `flush` sends it. Throws `EncodeError`. */
  submit(
    caller: Caller,
    value: unknown,
    headers: Headers | undefined,
    patience: Patience,
    now: number,
  ): Call {
    this.#builder.append(value, headers)
    const call = this.#calls.open(caller, headers, patience, now)
    call.index = this.#gathered.length
    this.#gathered.push(call)
    return call
  }

  /** Forgets a request; its caller is not told. */
  cancel(call: Call): void {
    if (call.state === 'ended') return
    this.#release(call)
    this.#calls.end(call)
  }

  up(peer: Peer): void {
    this.repliers.add(peer)
  }

  /** What the peer had is tried elsewhere, or here once it is back. */
  down(peer: Peer, now: number): void {
    const lost = this.repliers.remove(peer)
    if (lost === undefined) return
    for (const call of this.#calls) {
      if (call.replier !== lost || call.state !== 'inFlight') continue
      this.#inFlight--
      if (!this.#retry(call, now)) this.#fail(call, lostError(call, lost))
    }
  }

  packet(peer: Peer, packet: RequestReplyPacket, now: number): void {
    const replier = this.repliers.get(peer)
    if (packet.type === 'announcement' && replier !== undefined) replier.announced = true
    if (packet.type !== 'reply') return
    if (packet.sluice && replier !== undefined) replier.announced = true
    if (packet.error === undefined) this.#reply(packet, replier, now)
    else this.#unreadable(packet, packet.error, replier)
  }

  /** Does what is due: ends attempts that took too long, and rests. */
  tick(now: number): void {
    for (let call = this.#calls.next; call !== undefined && call.due <= now; call = this.#calls.next) {
      if (call.state === 'resting' && call.deadline > now) {
        call.state = 'pending'
        this.#again.push(call)
        this.#calls.look(call, call.deadline)
      } else {
        this.#expire(call, now)
      }
    }
  }

  /** Sends what can be sent; says whether anything was. */
  flush(): boolean {
    this.#seal()
    const sent = this.#sendAgain()
    return this.#sendFresh() || sent
  }

  /** Ends every request with an error. */
  abandon(error: Error): void {
    for (const call of this.#calls) {
      this.#calls.end(call)
      call.caller.failed(error, 'undelivered')
    }
    this.#inFlight = 0
  }

  #reply(packet: ReplyPacket, replier: KnownReplier | undefined, now: number): void {
    const values = packet.batch?.values() ?? []
    const headers = packet.headers?.values()
    const ids = packet.ids ?? []
    for (let at = 0; at < ids.length; at++) {
      const call = this.#calls.get(ids[at] ?? 0)
      const error = headers === undefined ? undefined : remoteErrorIn(headers[at])
      if (call === undefined) this.late++
      else if (error === undefined) {
        this.#release(call, replier)
        this.#calls.end(call)
        call.caller.answered(values[at])
      } else this.#refusal(call, error, replier, now)
    }
  }

  /** The replier answered with an error: it was full, or its handler failed. */
  #refusal(call: Call, error: RemoteError, replier: KnownReplier | undefined, now: number): void {
    if (isBusy(error) && call.deadline > now) {
      // It may be another's turn by now.
      if (call.state !== 'inFlight' || call.replier !== replier) return
      this.#release(call, replier)
      call.state = 'resting'
      return this.#calls.look(call, Math.min(call.deadline, now + this.#restMs(call)))
    }
    this.#release(call, replier)
    const given = new RemoteError(error.remoteCode, error.message, { undelivered: this.#message(call) })
    this.#fail(call, given, outcomeOf(error))
  }

  #unreadable(packet: ReplyPacket, error: Error, replier: KnownReplier | undefined): void {
    this.unreadable++
    for (const id of packet.ids ?? []) {
      const call = this.#calls.get(id)
      if (call === undefined) continue
      this.#release(call, replier)
      this.#fail(call, error)
    }
  }

  #expire(call: Call, now: number): void {
    this.#release(call)
    if (this.#retry(call, now)) return
    const tries = call.attempt === 1 ? 'one attempt' : `${call.attempt} attempts`
    const reason = `no answer in ${tries} of ${call.timeoutMs} ms`
    this.#fail(call, new TimeoutError(reason, { undelivered: this.#message(call) }))
  }

  /** Begins the next attempt; false when there is none left. */
  #retry(call: Call, now: number): boolean {
    if (call.attempt > call.retries) return false
    call.attempt++
    call.deadline = now + call.timeoutMs
    this.#calls.look(call, call.deadline)
    // One that waits has its place in the queue already.
    if (call.state === 'pending') return true
    call.state = 'pending'
    this.#again.push(call)
    return true
  }

  /** Takes a request off the hands of its replier, who is told unless it was the one that `answered`. */
  #release(call: Call, answered?: KnownReplier): void {
    const { replier } = call
    if (call.state !== 'inFlight' || replier === undefined) return
    this.#inFlight--
    this.repliers.load(replier, -1)
    if (replier === answered || !replier.announced) return
    this.#outlet.send(replier.peer, { type: 'cancel', ids: [call.id] })
  }

  #fail(call: Call, error: Error, outcome: 'failed' | 'deadLettered' | 'dropped' = 'failed'): void {
    this.#calls.end(call)
    call.caller.failed(error, outcome)
  }

  #restMs(call: Call): number {
    const { initialMs, factor, maxMs, jitter } = this.#settings.backoff
    const pause = Math.min(maxMs, initialMs * factor ** call.rests++)
    return pause * (1 - jitter * this.#settings.random())
  }

  /** The message of a call, to be given back. */
  #message(call: Call): unknown {
    this.#seal()
    return call.letter?.batch.slice(call.index, call.index + 1).values()[0]
  }

  #seal(): void {
    if (this.#gathered.length === 0) return
    const letter = this.#builder.take()
    for (const call of this.#gathered) {
      call.letter = letter
      if (call.state === 'pending') this.#fresh.push(call)
    }
    this.#gathered = []
  }

  #sendAgain(): boolean {
    let sent = false
    for (let call = this.#again.first(); call !== undefined; call = this.#again.first()) {
      const replier = call.state === 'pending' ? this.repliers.least(call.replier) : undefined
      if (call.state === 'pending' && replier === undefined) return sent
      this.#again.shift()
      if (replier === undefined) continue
      this.repliers.load(replier, 1)
      this.retried++
      this.#send(replier, [call])
      sent = true
    }
    return sent
  }

  #sendFresh(): boolean {
    let sent = false
    for (const [replier, share] of this.#shares()) {
      const used = this.#sendShare(replier, share)
      if (used < share) this.repliers.load(replier, used - share)
      sent ||= used > 0
    }
    return sent
  }

  /** How many of what waits each replier gets, so that all end up with as equal a load as can be. */
  #shares(): Map<KnownReplier, number> {
    const shares = new Map<KnownReplier, number>()
    for (let left = this.#fresh.length; left > 0;) {
      const replier = this.repliers.least()
      if (replier === undefined) break
      const share = this.repliers.size === 1 ? Math.min(left, this.repliers.room(replier)) : 1
      this.repliers.load(replier, share)
      shares.set(replier, (shares.get(replier) ?? 0) + share)
      left -= share
    }
    return shares
  }

  /** Sends up to `share` requests, neighbours of one letter in one frame; returns how many there were. */
  #sendShare(replier: KnownReplier, share: number): number {
    const most = replier.announced ? this.#settings.maxBatchMessages : 1
    let used = 0
    let run: Call[] = []
    while (used < share) {
      const call = this.#fresh.shift()
      if (call === undefined) break
      if (call.state !== 'pending') continue
      const last = run.at(-1)
      const follows = last !== undefined && call.letter === last.letter && call.index === last.index + 1
      if (run.length > 0 && (!follows || run.length >= most)) {
        this.#send(replier, run)
        run = []
      }
      run.push(call)
      used++
    }
    if (run.length > 0) this.#send(replier, run)
    return used
  }

  /** Sends neighbours of one letter; one that was sent before goes alone. */
  #send(replier: KnownReplier, calls: readonly Call[]): void {
    const [first] = calls
    if (first?.letter === undefined) return
    const part = sliceLetter(first.letter, first.index, first.index + calls.length)
    const { batch, headers } = first.sent === 0 ? part : this.#withAttempt(part, first)
    const ids = calls.map((call) => call.id)
    for (const call of calls) {
      call.state = 'inFlight'
      call.sent++
      call.replier = replier
    }
    this.#inFlight += calls.length
    this.#outlet.send(replier.peer, {
      type: 'request',
      ids,
      opaque: undefined,
      batch,
      headers,
      error: undefined,
    })
  }

  #withAttempt(part: Letter, call: Call): Letter {
    const builder = this.#outlet.builder()
    builder.append({ ...call.headers, attempt: call.sent + 1 })
    return { batch: part.batch, headers: builder.take() }
  }
}

function lostError(call: Call, replier: KnownReplier): LinkError {
  const { label } = replier.peer
  return new LinkError(`${label} was lost with a request unanswered, at attempt ${call.attempt}, the last`, {
    endpoint: label,
  })
}
