/** Which request goes where: gathers requests, shares them out among repliers, and sends neighbours in one frame. */
import { appended, Deque, fitting, MessageBuilder, sliceLetter } from '@sluice/core/parts'
import type { Headers, Letter } from '@sluice/core'
import type { Call } from './calls.ts'
import type { Outlet } from './outlet.ts'
import type { KnownReplier, Repliers } from './repliers.ts'

/** Requests that wait to be sent, in order, and how they leave. It neither waits nor knows the time. */
export class Dispatch {
  /** Requests that were sent again. */
  retried = 0
  readonly #repliers: Repliers
  readonly #outlet: Outlet
  readonly #maxBatchMessages: number
  readonly #maxMessageBytes: number
  readonly #builder: MessageBuilder
  #gathered: Call[] = []
  /** Sealed and never sent, in order; those that have ended meanwhile are passed over. */
  readonly #fresh = new Deque<Call>()
  /** To be sent again. */
  readonly #again = new Deque<Call>()

  constructor(repliers: Repliers, outlet: Outlet, maxBatchMessages: number, maxMessageBytes: number) {
    this.#repliers = repliers
    this.#outlet = outlet
    this.#maxBatchMessages = maxBatchMessages
    this.#maxMessageBytes = maxMessageBytes
    this.#builder = new MessageBuilder(() => outlet.builder())
  }

  /** Requests that are being gathered, and their encoded bytes. */
  get gathering(): number {
    return this.#builder.count
  }

  get gatheringBytes(): number {
    return this.#builder.bytes
  }

  /** Encodes a message at the end of what is being gathered. Throws `EncodeError`. */
  append(value: unknown, headers: Headers | undefined): void {
    this.#builder.append(value, headers)
  }

  /** Puts in the call whose message was appended last. */
  push(call: Call): void {
    call.index = this.#gathered.length
    this.#gathered = appended(this.#gathered, call)
  }

  /** Puts in a call that was sent before. */
  pushAgain(call: Call): void {
    this.#again.push(call)
  }

  /** Sends what can be sent; says whether anything was. */
  flush(): boolean {
    this.#seal()
    const sent = this.#sendAgain()
    return this.#sendFresh() || sent
  }

  /** The message of a call, to be given back. */
  message(call: Call): unknown {
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
      const replier = call.state === 'pending' ? this.#repliers.least(call.replier) : undefined
      if (call.state === 'pending' && replier === undefined) return sent
      this.#again.shift()
      if (replier === undefined) continue
      this.#repliers.load(replier, 1)
      this.retried++
      this.#send(replier, [call])
      sent = true
    }
    return sent
  }

  #sendFresh(): boolean {
    if (this.#fresh.length === 0) return false
    if (this.#repliers.size === 1) return this.#sendToOnly()
    let sent = false
    for (const [replier, share] of this.#shares()) sent = this.#sendShare(replier, share) || sent
    return sent
  }

  /** All that it has room for goes to the only replier. */
  #sendToOnly(): boolean {
    const replier = this.#repliers.least()
    if (replier === undefined) return false
    const share = Math.min(this.#fresh.length, this.#repliers.room(replier))
    this.#repliers.load(replier, share)
    return this.#sendShare(replier, share)
  }

  /** How many of what waits each replier gets, so that all end up with as equal a load as can be. */
  #shares(): Map<KnownReplier, number> {
    const shares = new Map<KnownReplier, number>()
    for (let left = this.#fresh.length; left > 0; left--) {
      const replier = this.#repliers.least()
      if (replier === undefined) break
      this.#repliers.load(replier, 1)
      shares.set(replier, (shares.get(replier) ?? 0) + 1)
    }
    return shares
  }

  /** Sends as many requests as the replier's load was raised by, neighbours of one letter in one frame. */
  #sendShare(replier: KnownReplier, share: number): boolean {
    const most = replier.announced ? this.#maxBatchMessages : 1
    let used = 0
    let run: Call[] | undefined
    while (used < share) {
      const call = this.#fresh.shift()
      if (call === undefined) break
      if (call.state !== 'pending') continue
      used++
      if (run !== undefined && run.length < most && this.#follows(run, call)) {
        run.push(call)
      } else {
        if (run !== undefined) this.#send(replier, run)
        run = [call]
      }
    }
    if (run !== undefined) this.#send(replier, run)
    // Some had ended while they waited.
    if (used < share) this.#repliers.load(replier, used - share)
    return used > 0
  }

  /** Whether a call goes into the frame of those before it: it is the next of their letter, and there is room. */
  #follows(run: readonly Call[], { letter, index }: Call): boolean {
    const [first] = run
    if (first === undefined || letter === undefined) return false
    if (letter !== first.letter || index !== first.index + run.length) return false
    // A letter that fits as a whole is what there mostly is.
    if (Math.max(letter.batch.bytes, letter.headers?.bytes ?? 0) <= this.#maxMessageBytes) return true
    const count = index + 1 - first.index
    return fitting(letter, first.index, count, this.#maxMessageBytes) === count
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
    this.#outlet.send(replier.peer, {
      type: 'request',
      ids,
      opaque: undefined,
      batch,
      headers,
      error: undefined,
      compact: replier.compact,
    })
  }

  #withAttempt(part: Letter, call: Call): Letter {
    const builder = this.#outlet.builder()
    builder.append({ ...call.headers, attempt: call.sent + 1 })
    return { batch: part.batch, headers: builder.take() }
  }
}
