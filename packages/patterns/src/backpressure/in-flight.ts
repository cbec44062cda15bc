/** The slices that one session has sent and that are not all acked. */
import { Deque } from '@sluice/core/parts'
import type { Outcome, Range, RemoteError } from '@sluice/core'
import { cut } from './slice.ts'
import type { Slice } from './slice.ts'

/** Messages `from` (included) to `to` (excluded) of a slice have ended. */
export interface Settlement {
  readonly slice: Slice
  readonly from: number
  readonly to: number
  readonly outcome: Outcome
  readonly error: RemoteError | undefined
}

interface Sent {
  readonly first: number
  readonly slice: Slice
  /** Messages of it that are not acked. */
  left: number
}

/** Finds the messages behind sequence numbers. The slices lie in the order of their numbers. */
export class InFlight {
  readonly #sent = new Deque<Sent>()
  #bytes = 0

  /** Encoded bytes of the slices that are not wholly acked. */
  get bytes(): number {
    return this.#bytes
  }

  /** Keeps a slice whose first message has the number `first`. */
  push(first: number, slice: Slice): void {
    this.#sent.push({ first, slice, left: slice.batch.count })
    this.#bytes += slice.batch.bytes
  }

  /** Settles numbers that were not settled before, and writes down what that means. */
  settle(range: Range, outcome: Outcome, error: RemoteError | undefined, into: Settlement[]): void {
    const [first, last] = range
    for (let at = this.#find(first); at < this.#sent.length;) {
      const sent = this.#sent.at(at)
      if (sent === undefined || sent.first > last) return
      const from = Math.max(0, first - sent.first)
      const to = Math.min(sent.slice.batch.count, last + 1 - sent.first)
      into.push({ slice: sent.slice, from, to, outcome, error })
      sent.left -= to - from
      if (sent.left > 0) at++
      else this.#forget(at, sent)
    }
  }

  /** Takes everything out; returns what lies in the ranges, which are ascending, as slices to be sent again. */
  takeBack(unacked: readonly Range[]): Slice[] {
    const slices: Slice[] = []
    for (const [first, last] of unacked) {
      for (let at = this.#find(first); at < this.#sent.length; at++) {
        const sent = this.#sent.at(at)
        if (sent === undefined || sent.first > last) break
        const from = Math.max(0, first - sent.first)
        const to = Math.min(sent.slice.batch.count, last + 1 - sent.first)
        slices.push({ ...cut(sent.slice, from, to), redelivered: true })
      }
    }
    this.#sent.clear()
    this.#bytes = 0
    return slices
  }

  #forget(at: number, sent: Sent): void {
    if (at === 0) this.#sent.shift()
    else this.#sent.removeAt(at)
    const { batch, redelivered } = sent.slice
    this.#bytes -= batch.bytes
    // Whoever acks all of it has read all of it. A connection that was lost may still send what it was given.
    if (!redelivered) batch.release?.()
  }

  /** The place of the slice with this number, or of the first behind it. */
  #find(sequence: number): number {
    const head = this.#sent.first()
    // Acks come in order more often than not.
    if (head === undefined || sequence < head.first + head.slice.batch.count) return 0
    let low = 1
    let high = this.#sent.length
    while (low < high) {
      const middle = (low + high) >>> 1
      const sent = this.#sent.at(middle)
      if (sent !== undefined && sent.first + sent.slice.batch.count <= sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}
