/** How long many things took in all, at next to no cost where each is short. */
import type { Clock } from '../clock.ts'

/** Things shorter than this are worth less than reading the clock for each of them, in milliseconds. */
const shortMs = 0.25
/** After so many short ones in a row only some are timed. */
const shortRun = 64
/** One in so many. */
const sampled = 16
const untimed = -1

/**
 * Adds up the time of things that may overlap. Each is timed, but of a long run of short ones one in sixteen is, and stands
 * for the others; a thing that is not short counts for itself, and ends the run.
 */
export class Stopwatch {
  readonly #clock: Clock
  #endedMs = 0
  #shortInRow = 0
  #untimed = 0
  /** What the last short one took. */
  #lastMs = 0
  #open = 0
  /** Sum of the times at which the open ones began. */
  #begun = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Begins a thing; gives what `end` needs. */
  begin(): number {
    if (this.#shortInRow >= shortRun && ++this.#untimed < sampled) return untimed
    this.#untimed = 0
    const now = this.#clock.now()
    this.#open++
    this.#begun += now
    return now
  }

  end(begun: number): void {
    if (begun === untimed) return
    const ms = this.#clock.now() - begun
    this.#open--
    this.#begun -= begun
    const others = this.#shortInRow >= shortRun ? sampled - 1 : 0
    if (ms < shortMs) {
      this.#shortInRow++
      this.#lastMs = ms
    } else this.#shortInRow = 0
    this.#endedMs += ms + others * this.#lastMs
  }

  /** Milliseconds so far, those of open things included. */
  get ms(): number {
    return this.#endedMs + (this.#open === 0 ? 0 : this.#open * this.#clock.now() - this.#begun)
  }
}
