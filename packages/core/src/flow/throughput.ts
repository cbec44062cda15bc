/** How fast messages are finished while there are any: measured, not assumed. Pure. */

/** Time over which what was measured loses two thirds of its weight, in milliseconds. */
const memoryMs = 100

/**
 * Counts what was finished over the time in which at least one message was held, so that a sender with little to send does
 * not make a fast receiver look slow.
 */
export class Throughput {
  #held = 0
  /** Decaying sums: their quotient is the throughput. */
  #finishedSum = 0
  #busySum = 0
  #accountedAt = 0

  /** Messages that arrived and are not finished. */
  get held(): number {
    return this.#held
  }

  /** Messages finished in a busy millisecond; undefined before the first. */
  get perMs(): number | undefined {
    return this.#busySum === 0 ? undefined : this.#finishedSum / this.#busySum
  }

  arrived(count: number, now: number): void {
    if (this.#held === 0) this.#accountedAt = now
    this.#held += count
  }

  finished(count: number, now: number): void {
    if (this.#held > 0) {
      const busyMs = Math.max(0, now - this.#accountedAt)
      const kept = Math.exp(-busyMs / memoryMs)
      this.#finishedSum *= kept
      this.#busySum = this.#busySum * kept + busyMs
    }
    this.#accountedAt = now
    this.#finishedSum += count
    this.#held = Math.max(0, this.#held - count)
  }

  /** Messages that arrived will not be finished: their sender has gone. */
  forget(count: number): void {
    this.#held = Math.max(0, this.#held - count)
  }
}
