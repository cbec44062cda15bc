/** Which receiver gets what: the one with the most credit gets the next. Pure: it neither sends nor waits. */
import type { BatchBuilder, Headers, Ticket } from '@sluice/core'
import { MessageQueue } from './message-queue.ts'
import type { SliceBounds } from './message-queue.ts'
import { Ranking } from './ranking.ts'
import type { Slice } from './slice.ts'

/** A receiver, as far as dispatch is concerned. */
export interface Target {
  /** Most messages that it lets be outstanding. */
  readonly highWaterMark: number
  /** Messages that it may be sent now. */
  readonly credit: number
  /** Bytes that it may be sent now; one message may always go when nothing is in flight. */
  readonly creditBytes: number
  /** Nothing is in flight to it. */
  readonly idle: boolean
  send(slice: Slice): void
}

/** What the sending side has accepted and not sent, and to whom it goes. */
export interface Dispatch {
  /** Messages accepted and not sent. */
  readonly count: number
  readonly bytes: number
  /** Messages gathered into the slice that is not full yet. */
  readonly gathered: number
  /** Encodes a message behind the others. Throws `EncodeError`. */
  append(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined, order: number): void
  /** Puts messages that had to wait behind the others. */
  push(slice: Slice): void
  /** A receiver is live. */
  join(target: Target): void
  /** A receiver is lost, and this is what it had in flight, in order. */
  leave(target: Target, returned: readonly Slice[]): void
  /** The credit of a receiver has changed. */
  moved(target: Target): void
  /** Messages of a slice have ended. */
  settled(slice: Slice, from: number, to: number): void
  /** Sends what can be sent; true when something was. */
  flush(): boolean
  /** Takes out everything. */
  clear(): Slice[]
  /** The slot of a message's key, where there are keys. */
  slotOf(value: unknown): number | undefined
}

/** What part of a window is not split further: a third of a millisecond where a window is 20 ms wide. */
const leastShare = 64

/** Sends each message to the receiver that has the most credit: a slow one gets less. */
export class LeastLoaded implements Dispatch {
  readonly #queue: MessageQueue
  readonly #targets = new Ranking<Target>()

  constructor(newBuilder: () => BatchBuilder, bounds: SliceBounds) {
    this.#queue = new MessageQueue(newBuilder, bounds)
  }

  get count(): number {
    return this.#queue.count
  }

  get bytes(): number {
    return this.#queue.bytes
  }

  get gathered(): number {
    return this.#queue.gathered
  }

  append(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined, order: number): void {
    this.#queue.append(value, headers, ticket, order, undefined)
  }

  push(slice: Slice): void {
    this.#queue.push(slice)
  }

  join(target: Target): void {
    this.#targets.add(target)
  }

  leave(target: Target, returned: readonly Slice[]): void {
    this.#targets.remove(target)
    this.#queue.requeue(returned)
  }

  settled(): void {}

  moved(target: Target): void {
    this.#targets.moved(target)
  }

  flush(): boolean {
    const queue = this.#queue
    let sent = false
    while (queue.count > 0) {
      const best = this.#targets.first
      if (best === undefined || best.credit === 0) break
      if (!this.#give(best, this.#share(best)) && !this.#giveAny()) break
      sent = true
    }
    return sent
  }

  clear(): Slice[] {
    return this.#queue.clear()
  }

  slotOf(): undefined {
    return undefined
  }

  #give(target: Target, count: number): boolean {
    const slice = this.#queue.shift(count, target.creditBytes, target.idle)
    if (slice !== undefined) target.send(slice)
    return slice !== undefined
  }

  /** The first message was too large for the receiver with the most credit: any that has room for it gets it. */
  #giveAny(): boolean {
    return [...this.#targets].some((target) => target.credit > 0 && this.#give(target, 1))
  }

  /**
   * How many messages the receiver with the most credit gets at once: what it has more than the next one, or an even
   * share, so that all of them end up with the same credit. A fraction of its window always goes in one frame: a wide
   * window is that of a fast receiver, and many frames of few messages would cost more than the order does.
   */
  #share({ credit, highWaterMark }: Target): number {
    const { second, open } = this.#targets
    const even = Math.ceil(this.#queue.count / open)
    return Math.min(credit, Math.max(even, credit - second, Math.floor(highWaterMark / leastShare)))
  }
}
