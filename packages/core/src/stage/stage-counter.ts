/** The counts of one stage, and the time that it was at work and was held up. */
import type { Clock } from '../clock.ts'
import type { StageStats } from './host.ts'

/** Time during which at least one of several overlapping things went on. */
class Span {
  readonly #clock: Clock
  #open = 0
  #since = 0
  #ms = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  enter(): void {
    if (this.#open++ === 0) this.#since = this.#clock.now()
  }

  leave(): void {
    if (--this.#open === 0) this.#ms += this.#clock.now() - this.#since
  }

  get ms(): number {
    return this.#open === 0 ? this.#ms : this.#ms + this.#clock.now() - this.#since
  }
}

/** Counts messages; a batch counts as the messages in it. */
export class StageCounter {
  in = 0
  out = 0
  filtered = 0
  failed = 0
  deadLettered = 0
  retried = 0
  timedOut = 0
  running = 0
  waiting = 0
  /** A handler is at work. */
  readonly busy: Span
  /** An output waits to be taken. */
  readonly blocked: Span

  constructor(clock: Clock) {
    this.busy = new Span(clock)
    this.blocked = new Span(clock)
  }

  /** `held` messages have come to the stage and wait in front of its executor. */
  stats(held: number): StageStats {
    const { out, filtered, failed, deadLettered, retried, timedOut, running } = this
    return {
      in: this.in + held,
      out,
      filtered,
      failed,
      deadLettered,
      retried,
      timedOut,
      running,
      waiting: this.waiting + held,
      busyMs: this.busy.ms,
      blockedMs: this.blocked.ms,
    }
  }
}
