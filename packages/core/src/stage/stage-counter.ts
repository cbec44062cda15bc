/** The counts of one stage, and how long it was at work and held up. */
import type { Clock } from '../clock.ts'
import type { StageStats } from './host.ts'
import { Stopwatch } from './stopwatch.ts'

/** Counts messages; a batch counts as the messages in it. */
export class StageCounter {
  in = 0
  out = 0
  filtered = 0
  failed = 0
  deadLettered = 0
  retried = 0
  timedOut = 0
  expired = 0
  running = 0
  waiting = 0
  /** A handler is at work. */
  readonly busy: Stopwatch
  /** An output waits to be taken. */
  readonly blocked: Stopwatch

  constructor(clock: Clock) {
    this.busy = new Stopwatch(clock)
    this.blocked = new Stopwatch(clock)
  }

  /** `held` messages have come to the stage and wait in front of its executor; `retrying` are between attempts. */
  stats(held: number, retrying: number): StageStats {
    const { out, filtered, failed, deadLettered, retried, timedOut, expired, running } = this
    return {
      in: this.in + held,
      out,
      filtered,
      failed,
      deadLettered,
      retried,
      timedOut,
      expired,
      running,
      retrying,
      heldByKey: 0,
      waiting: this.waiting + held,
      busyMs: this.busy.ms,
      blockedMs: this.blocked.ms,
    }
  }
}
