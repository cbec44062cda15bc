/** The sending side's positions of one session: pure numbers, no clock, no socket. */
import { ProtocolError } from '../errors.ts'
import { RangeSet } from './ranges.ts'
import type { Range } from './ranges.ts'

/**
 * Says how many more messages may be sent, and which an ack settles for the first time.
 * Sequence numbers are absolute, so that an ack which is repeated or comes out of order does no harm.
 */
export class SenderWindow {
  /** Acked ahead of `acked`: later messages may finish first. */
  readonly #ahead = new RangeSet()
  #next: number
  #acked: number
  #highWaterMark = 0
  #newest = -1

  /** `start` is the first sequence number that will be sent. */
  constructor(start: number = 0) {
    this.#next = start
    this.#acked = start
  }

  /** The sequence number of the next message to be sent. */
  get next(): number {
    return this.#next
  }

  /** The first sequence number that is not acked. */
  get acked(): number {
    return this.#acked
  }

  /** Messages sent and not acked. */
  get inFlight(): number {
    return this.#next - this.#acked - this.#ahead.count
  }

  get highWaterMark(): number {
    return this.#highWaterMark
  }

  /** How many more messages may be sent now. */
  get credit(): number {
    return Math.max(0, this.#highWaterMark - this.inFlight)
  }

  /** Takes over the receiver's mark, unless a newer statement of it (a higher `serial`) was seen. */
  announced(highWaterMark: number, serial: number = this.#newest): void {
    if (serial < this.#newest) return
    this.#newest = serial
    this.#highWaterMark = highWaterMark
  }

  /** Counts messages as sent and returns the sequence number of the first. The caller has looked at `credit`. */
  sent(count: number): number {
    const first = this.#next
    this.#next += count
    return first
  }

  /**
   * Takes an ack; returns the parts that it settles for the first time, ascending.
   * @throws {ProtocolError} BP-8, for an ack of what was never sent.
   */
  ack(first: number, last: number): readonly Range[] {
    if (last >= this.#next || first > last) {
      throw new ProtocolError(
        'BP-8',
        `an ack of ${first} to ${last}, where ${this.#next} is the next to be sent`,
      )
    }
    if (last < this.#acked) return []
    const from = Math.max(first, this.#acked)
    if (from === this.#acked && this.#ahead.size === 0) {
      this.#acked = last + 1
      return [[from, last]]
    }
    const fresh = this.#ahead.missing(from, last)
    if (fresh.length > 0) this.#ahead.add(from, last)
    const lowest = this.#ahead.first()
    if (lowest !== undefined && lowest[0] === this.#acked) {
      this.#acked = lowest[1] + 1
      this.#ahead.removeBelow(this.#acked)
    }
    return fresh
  }

  /** What was sent and is not acked, ascending: what has to be sent again when the session is lost. */
  unacked(): readonly Range[] {
    return this.#next === this.#acked ? [] : this.#ahead.missing(this.#acked, this.#next - 1)
  }
}
