/** A clock whose hands the test turns. */
import type { Clock, Timer } from '@sluice/core'

interface Alarm {
  readonly at: number
  readonly run: () => void
}

export class HandClock implements Clock {
  #now = 0
  readonly #alarms = new Set<Alarm>()

  /** Timers that are set. */
  get pending(): number {
    return this.#alarms.size
  }

  /** When the next of them is due, from now; `Infinity` without any. */
  get nextIn(): number {
    return Math.min(...[...this.#alarms].map(({ at }) => at - this.#now))
  }

  now(): number {
    return this.#now
  }

  /** The hands stand at zero at 1970-01-01T00:00:00Z. */
  time(): number {
    return this.#now
  }

  turn(run: () => void): void {
    setImmediate(run)
  }

  after(delayMs: number, run: () => void): Timer {
    const alarm = { at: this.#now + delayMs, run }
    this.#alarms.add(alarm)
    return { cancel: () => void this.#alarms.delete(alarm) }
  }

  /** Turns the hands on, alarm by alarm, and lets what each of them set off settle. */
  async pass(ms: number): Promise<void> {
    const until = this.#now + ms
    for (let next = this.#first(until); next !== undefined; next = this.#first(until)) {
      this.#alarms.delete(next)
      this.#now = next.at
      next.run()
      await settled()
    }
    this.#now = until
    await settled()
  }

  #first(until: number): Alarm | undefined {
    const due = [...this.#alarms].filter(({ at }) => at <= until)
    return due.toSorted((a, b) => a.at - b.at)[0]
  }
}

/** Resolves when every promise that can settle without time or I/O has settled. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
