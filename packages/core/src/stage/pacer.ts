/** Keeps a loop that never has to wait from starving the event loop. */
import type { Clock } from '../clock.ts'

/** Longest run between two turns of the event loop, in milliseconds. */
const longestMs = 5
/** Most steps between two turns of the event loop. */
const mostSteps = 1_024
/** Most steps between two looks at the clock, which come further apart while steps are short. */
const mostUnseen = 64

/** Asked once a step; gives a promise when it is time to let others run. */
export class Pacer {
  readonly #clock: Clock
  #since: number
  #steps = 0
  #unseen = 1
  #left = 1

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  step(): Promise<void> | undefined {
    if (--this.#left > 0) return undefined
    this.#steps += this.#unseen
    if (this.#steps >= mostSteps || this.#clock.now() - this.#since >= longestMs) return this.#turn()
    this.#unseen = Math.min(this.#unseen * 2, mostUnseen)
    this.#left = this.#unseen
    return undefined
  }

  async #turn(): Promise<void> {
    const tookMs = this.#clock.now() - this.#since
    await new Promise<void>((resolve) => this.#clock.turn(resolve))
    if (tookMs >= longestMs) this.#unseen = 1
    this.#left = this.#unseen
    this.#steps = 0
    this.#since = this.#clock.now()
  }
}
