/** One timer for many things that are due. */
import type { Clock, Timer } from '@sluice/core'

/** Runs at the earliest of the times it was asked for, and then has to be asked again. */
export class DueTimer {
  readonly #clock: Clock
  readonly #run: (now: number) => void
  #timer: Timer | undefined
  #due = Infinity

  constructor(clock: Clock, run: (now: number) => void) {
    this.#clock = clock
    this.#run = run
  }

  /** Asks to be run at `due`, on the clock's scale; Infinity asks for nothing. */
  at(due: number): void {
    if (due >= this.#due) return
    this.#timer?.cancel()
    this.#due = due
    this.#timer = this.#clock.after(Math.max(0, due - this.#clock.now()), this.#fire)
  }

  cancel(): void {
    this.#timer?.cancel()
    this.#due = Infinity
  }

  readonly #fire = (): void => {
    const due = this.#due
    this.#due = Infinity
    // A timer may fire a fraction of a millisecond early: what was due then is due now.
    this.#run(Math.max(due, this.#clock.now()))
  }
}
