/** Time as logic sees it: handed in, so that a simulation can turn the hands. */

import { performance } from 'node:perf_hooks'

/** A timer that has been set; `cancel` is idempotent. */
export interface Timer {
  cancel(): void
}

/** What logic asks for the time and sets timers with; `systemClock` unless an option says otherwise. */
export interface Clock {
  /** Milliseconds on a monotonic scale; only differences mean something. */
  now(): number
  /** Milliseconds since 1970-01-01T00:00:00Z: what other hosts and people read. It may jump. */
  time(): number
  /** Calls `run` once, `delayMs` from now; never keeps the process alive by itself. */
  after(delayMs: number, run: () => void): Timer
  /** Calls `run` once, after everything that is ready now: a turn of the event loop later. */
  turn(run: () => void): void
}

/** The machine's own monotonic clock; its timers do not hold the process open. */
export const systemClock: Clock = {
  now: () => performance.now(),
  time: () => Date.now(),
  after(delayMs, run) {
    const handle = setTimeout(run, delayMs)
    handle.unref()
    return { cancel: () => clearTimeout(handle) }
  },
  turn: (run) => void setImmediate(run),
}
