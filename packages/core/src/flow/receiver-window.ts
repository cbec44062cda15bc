/** The receiving side's positions of one session: pure numbers, no clock, no socket. */
import { ProtocolError } from '../errors.ts'
import { RangeSet } from './ranges.ts'
import type { Range } from './ranges.ts'

/** Messages that are settled and were not delivered, and why. */
export interface Rejection {
  readonly first: number
  readonly last: number
  readonly code: string
  readonly message: string
}

/** What an ack says of messages. */
export interface Finished {
  /** Delivered: their handler has finished. */
  readonly ranges: readonly Range[]
  readonly rejected: readonly Rejection[]
}

/** Rejections that every full ack repeats, however far back they lie. */
const mostRejections = 256

/** Says which messages a sender may have sent, and what is to be acked. */
export class ReceiverWindow {
  /** Finished and perhaps not yet known to the sender: what a repeated ack has to say. */
  readonly #finished = new RangeSet()
  /** The same, as far as no ack has said it. */
  readonly #news = new RangeSet()
  readonly #start: number
  #rejected: Rejection[] = []
  #freshRejections: Rejection[] = []
  #expected: number
  #total = 0
  #highWaterMark = 0
  #widest = 0
  #limit: number

  /** `start` is the first sequence number that the sender will send. */
  constructor(start: number = 0) {
    this.#start = start
    this.#expected = start
    this.#limit = start
  }

  /** The sequence number of the next message to come. */
  get expected(): number {
    return this.#expected
  }

  /** Messages received and not finished. */
  get held(): number {
    return this.#expected - this.#start - this.#total
  }

  get highWaterMark(): number {
    return this.#highWaterMark
  }

  /** The first sequence number that no announced mark ever allowed. */
  get limit(): number {
    return this.#limit
  }

  /** True when the sender has sent all that it may. */
  get exhausted(): boolean {
    return this.#expected >= this.#start + this.#total + this.#highWaterMark
  }

  /** Messages settled that no ack has said yet. */
  get unsaid(): number {
    let rejected = 0
    for (const { first, last } of this.#freshRejections) rejected += last - first + 1
    return this.#news.count + rejected
  }

  /** States a new mark. A smaller one does not punish what was sent under a larger one. */
  announce(highWaterMark: number): void {
    this.#highWaterMark = highWaterMark
    this.#widest = Math.max(this.#widest, highWaterMark)
    this.#limit = Math.max(this.#limit, this.#start + this.#total + highWaterMark)
  }

  /**
   * Takes messages in; false for a repetition of what came before, which is to be discarded.
   * @throws {ProtocolError} BP-5, for a gap and for what is beyond the window.
   */
  receive(first: number, count: number): boolean {
    const end = first + count
    if (end <= this.#expected) return false
    if (first !== this.#expected) {
      throw new ProtocolError('BP-5', `messages from ${first} on, where ${this.#expected} was expected`)
    }
    if (end > this.#limit) {
      throw new ProtocolError(
        'BP-5',
        `messages up to ${end - 1}, beyond the window that ends before ${this.#limit}`,
      )
    }
    this.#expected = end
    return true
  }

  /**
   * Looks at where the sender says it stands.
   * @throws {ProtocolError} BP-5, when something that it sent did not come: the connection has lost it.
   */
  confirm(next: number): void {
    if (next > this.#expected) {
      throw new ProtocolError('BP-5', `${next - this.#expected} messages before ${next} were lost on the way`)
    }
  }

  /** Marks messages as delivered; returns how many of them were not finished before. */
  finish(first: number, last: number): number {
    const fresh = this.#finished.add(first, last)
    if (fresh === 0) return 0
    this.#news.add(first, last)
    this.#total += fresh
    return fresh
  }

  /** Marks messages as settled and not delivered. They must not be finished otherwise. */
  reject(rejection: Rejection): void {
    this.#rejected.push(rejection)
    this.#freshRejections.push(rejection)
    this.#total += rejection.last - rejection.first + 1
  }

  /** What no ack has said yet, or undefined; it counts as said from now on. */
  news(): Finished | undefined {
    if (this.#news.size === 0 && this.#freshRejections.length === 0) return undefined
    const finished = { ranges: this.#news.ranges(), rejected: this.#freshRejections }
    this.#forget()
    return finished
  }

  /** Everything that the sender may not know yet, said before or not; it counts as said from now on. */
  all(): Finished {
    this.#forget()
    return { ranges: this.#finished.ranges(), rejected: this.#rejected }
  }

  /**
   * What is now said needs no saying again. The last rejections are kept all the same: the ack that said them may be lost,
   * and the sender, whose later messages were acked, go far beyond them. Older ones behind the window are folded into the
   * ranges, so that they do not stay in pieces for ever.
   */
  #forget(): void {
    this.#news.clear()
    this.#freshRejections = []
    if (this.#rejected.length <= mostRejections) return
    const behind = this.#expected - this.#widest
    const old = this.#rejected.slice(0, -mostRejections).filter(({ last }) => last < behind)
    if (old.length === 0) return
    for (const { first, last } of old) this.#finished.add(first, last)
    const folded = new Set(old)
    this.#rejected = this.#rejected.filter((rejection) => !folded.has(rejection))
  }
}
