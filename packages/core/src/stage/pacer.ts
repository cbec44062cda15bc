/** Keeps a loop that never has to wait from starving the event loop. */
import { setImmediate as turn } from 'node:timers/promises'
import type { Clock } from '../clock.ts'

/** Longest run between two turns of the event loop, in milliseconds. */
const longestMs = 5
/** Most steps between two turns of the event loop. */
const mostSteps = 1_024

/** Asked once a step; gives a promise when it is time to let others run. */
export class Pacer {
  readonly #clock: Clock
  #since: number
  #steps = 0

  constructor(clock: Clock) {
    this.#clock = clock
    this.#since = clock.now()
  }

  step(): Promise<void> | undefined {
    if (++this.#steps < mostSteps && this.#clock.now() - this.#since < longestMs) return undefined
    return this.#turn()
  }

  async #turn(): Promise<void> {
    await turn()
    this.#steps = 0
    this.#since = this.#clock.now()
  }
}
