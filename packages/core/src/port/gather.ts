/** Natural batching: what is said at once when idle is gathered while busy, and never waits on a timer. */

import type { Clock } from '../clock.ts'

/**
 * Decides when a flush happens, so that a lone message leaves at once and many share one frame.
 *
 * ```
 *      wake(): something flushed      mark()
 *   idle ───────────────────▶ busy ◀───────── idle
 *    ▲                          │ the turn ends: flush what was marked
 *    └── nothing was flushed ───┘ (and stay busy while there was something)
 * ```
 */
export class Gather {
  readonly #flush: () => boolean
  readonly #clock: Pick<Clock, 'turn'>
  #busy = false
  #marked = false
  #closed = false

  /** `flush` says whether it had anything to flush; the turns are those of the clock. */
  constructor(clock: Pick<Clock, 'turn'>, flush: () => boolean) {
    this.#flush = flush
    this.#clock = clock
  }

  /** Whether a turn is being waited for: what comes until then is flushed at its end. */
  get busy(): boolean {
    return this.#busy
  }

  /** Says that there may be something: it is flushed at once when idle, else at the end of this turn. */
  wake(): void {
    if (this.#busy) {
      this.#marked = true
      return
    }
    if (this.#closed) return
    this.#flushNow()
  }

  /** Says that there is something and that more is about to come: it is flushed at the end of this turn. */
  mark(): void {
    this.#marked = true
    if (!this.#busy && !this.#closed) this.#begin()
  }

  /** Flushes no more. */
  close(): void {
    this.#closed = true
  }

  #begin(): void {
    this.#busy = true
    this.#clock.turn(this.#turn)
  }

  readonly #turn = (): void => {
    this.#busy = false
    if (!this.#marked || this.#closed) return
    this.#marked = false
    this.#flushNow()
  }

  #flushNow(): void {
    // Busy before the flush, so that what the flush itself wakes is gathered too.
    this.#busy = true
    let flushed = true
    try {
      flushed = this.#flush()
    } finally {
      if (flushed || this.#marked) this.#clock.turn(this.#turn)
      else this.#busy = false
    }
  }
}
