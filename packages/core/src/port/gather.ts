/** Natural batching: what is said at once when idle is gathered while busy, and never waits on a timer. */

/** Runs `run` once the event loop has taken in all that was ready. */
export type Defer = (run: () => void) => void

/**
 * Decides when a flush happens, so that a lone message leaves at once and many share one frame.
 *
 * ```
 *            wake(): flush            mark()
 *   idle ───────────────────▶ busy ◀───────── idle
 *    ▲                          │ the turn ends: flush what was marked
 *    └── nothing was flushed ───┘ (and stay busy while there was something)
 * ```
 */
export class Gather {
  readonly #flush: () => boolean
  readonly #defer: Defer
  #busy = false
  #marked = false
  #closed = false

  /** `flush` says whether it had anything to flush. `defer` is `setImmediate`, or what a simulation has for it. */
  constructor(flush: () => boolean, defer: Defer = setImmediate) {
    this.#flush = flush
    this.#defer = defer
  }

  /** Says that there is something: it is flushed at once when idle, else at the end of this turn. */
  wake(): void {
    if (this.#busy) {
      this.#marked = true
      return
    }
    if (this.#closed) return
    this.#begin()
    this.#flush()
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
    this.#defer(this.#turn)
  }

  readonly #turn = (): void => {
    this.#busy = false
    if (!this.#marked || this.#closed) return
    this.#marked = false
    // Busy before the flush, so that what the flush itself wakes is gathered too.
    this.#busy = true
    if (this.#flush()) this.#defer(this.#turn)
    else if (this.#marked) this.#defer(this.#turn)
    else this.#busy = false
  }
}
