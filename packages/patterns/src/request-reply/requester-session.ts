/** A requester without its socket: events and the time go in, packets come out. */
import { LinkError, RemoteError, TimeoutError } from '@sluice/core/parts'
import type { Backoff, Clock, Headers, Peer } from '@sluice/core'
import { Calls } from './calls.ts'
import type { Call, Caller, Patience } from './calls.ts'
import { Dispatch } from './dispatch.ts'
import { isBusy, outcomeOf, remoteErrorIn } from './error-reply.ts'
import type { Outlet } from './outlet.ts'
import type { ReplyPacket, RequestReplyPacket } from './packets.ts'
import { Repliers } from './repliers.ts'
import type { KnownReplier } from './repliers.ts'

/** Fewer requests than this are not sent ahead of others: a frame of its own would cost more than the time that it saves. */
const leastAhead = 16

/** The bounds of a session. */
export interface SessionSettings {
  /** Requests in flight at one replier. */
  readonly inFlight: number
  /** The rest after a replier was full. */
  readonly backoff: Backoff
  readonly maxBatchMessages: number
  readonly maxBatchBytes: number
  readonly maxMessageBytes: number
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
  readonly #settings: SessionSettings
  readonly #outlet: Outlet
  readonly #calls = new Calls()
  readonly #dispatch: Dispatch
  /** So many of those that are gathered next leave ahead of the rest, since no replier has anything to do. */
  #ahead = Infinity

  constructor(settings: SessionSettings, outlet: Outlet) {
    this.#settings = settings
    this.#outlet = outlet
    this.repliers = new Repliers(settings.inFlight)
    this.#dispatch = new Dispatch(this.repliers, outlet, settings.maxBatchMessages, settings.maxMessageBytes)
  }

  /** Requests that have not ended. */
  get outstanding(): number {
    return this.#calls.size
  }

  /** Encoded bytes of requests that have not ended. */
  get bytes(): number {
    return this.#calls.bytes
  }

  get inFlight(): number {
    return this.repliers.inFlight
  }

  /** Requests that were sent again. */
  get retried(): number {
    return this.#dispatch.retried
  }

  /** Whether what is gathered is to leave at once: it fills a frame, or repliers have nothing to do and more is likely to come. */
  get ripe(): boolean {
    const { gathering, gatheringBytes } = this.#dispatch
    const { maxBatchMessages, maxBatchBytes } = this.#settings
    return gathering >= Math.min(this.#ahead, maxBatchMessages) || gatheringBytes >= maxBatchBytes
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
    const before = this.#dispatch.gatheringBytes
    this.#dispatch.append(value, headers)
    const bytes = this.#dispatch.gatheringBytes - before
    const call = this.#calls.open(caller, headers, patience, now, bytes)
    this.#dispatch.push(call)
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
    for (const call of this.#calls.all()) {
      if (call.replier !== lost || call.state !== 'inFlight') continue
      if (!this.#retry(call, now)) this.#fail(call, lostError(call, lost))
    }
  }

  packet(peer: Peer, packet: RequestReplyPacket, clock: Clock): void {
    const replier = this.repliers.get(peer)
    if (packet.type === 'announcement') return introduce(replier, packet.compact)
    if (packet.type !== 'reply') return
    if (packet.sluice) introduce(replier, packet.compact)
    if (packet.error === undefined) this.#reply(packet, replier, clock)
    else this.#unreadable(packet, packet.error, replier)
  }

  /** Does what is due: ends attempts that took too long, and rests. */
  tick(now: number): void {
    for (let call = this.#calls.next; call !== undefined && call.due <= now; call = this.#calls.next) {
      if (call.state === 'resting' && call.deadline > now) {
        call.state = 'pending'
        this.#dispatch.pushAgain(call)
        this.#calls.look(call, call.deadline)
      } else {
        this.#expire(call, now)
      }
    }
  }

  /** Sends what can be sent; says whether anything was. */
  flush(): boolean {
    this.#ahead = Infinity
    return this.#dispatch.flush()
  }

  /** A connection of a bound socket was lost: whoever it was cannot be sent to. */
  probe(): void {
    for (const { peer, announced } of this.repliers) {
      if (announced) this.#outlet.send(peer, { type: 'cancel', ids: [] })
    }
  }

  /** Forgets every replier, and ends every request with an error. */
  abandon(error: Error): void {
    this.repliers.clear()
    for (const call of this.#calls.all()) {
      this.#calls.end(call)
      call.caller.failed(error, 'undelivered')
    }
  }

  #reply(packet: ReplyPacket, replier: KnownReplier | undefined, clock: Clock): void {
    const values = packet.batch?.values() ?? []
    const headers = packet.headers?.values()
    const ids = packet.ids ?? []
    this.#ahead = this.#aheadOf(ids.length)
    for (let at = 0; at < ids.length; at++) {
      const call = this.#calls.get(ids[at] ?? 0)
      const error = headers === undefined ? undefined : remoteErrorIn(headers[at])
      if (call === undefined) this.late++
      else if (error === undefined) {
        this.#release(call, replier)
        this.#calls.end(call)
        call.caller.answered(values[at])
      } else this.#refusal(call, error, replier, clock.now())
    }
  }

  /**
   * What is in flight has just been answered in one frame, and is mostly followed by as much: half of that is sent ahead of the rest,
   * so that the replier works on the one half while the other is still being asked.
   */
  #aheadOf(replies: number): number {
    const half = replies >>> 1
    return half >= leastAhead && this.inFlight <= replies ? half : Infinity
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
    const given = new RemoteError(error.remoteCode, error.message, {
      undelivered: this.#dispatch.message(call),
    })
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
    if (call.state === 'inFlight' && call.replier !== undefined) this.repliers.late(call.replier)
    this.#release(call)
    if (this.#retry(call, now)) return
    const tries = call.attempt === 1 ? 'one attempt' : `${call.attempt} attempts`
    const reason = `no answer in ${tries} of ${call.timeoutMs} ms`
    this.#fail(call, new TimeoutError(reason, { undelivered: this.#dispatch.message(call) }))
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
    this.#dispatch.pushAgain(call)
    return true
  }

  /** Takes a request off the hands of its replier, who is told unless it was the one that `answered`. */
  #release(call: Call, answered?: KnownReplier): void {
    const { replier } = call
    if (call.state !== 'inFlight' || replier === undefined) return
    this.repliers.load(replier, -1)
    if (replier === answered) return this.repliers.inTime(replier)
    if (!replier.announced) return
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
}

function introduce(replier: KnownReplier | undefined, compact: boolean): void {
  if (replier === undefined) return
  replier.announced = true
  replier.compact = compact
}

function lostError(call: Call, replier: KnownReplier): LinkError {
  const { label } = replier.peer
  return new LinkError(`${label} was lost with a request unanswered, at attempt ${call.attempt}, the last`, {
    endpoint: label,
  })
}
