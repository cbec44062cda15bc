/** Whether a wider window would let more through: found out by trying, now and then. */

/** What twice the width has to finish more to be worth it. */
const worthwhile = 1.4
/** Over how many windows is measured: messages often come and go in bursts of one. */
const measured = 3
/** Fewest and most windows between two trials. */
const leastPatience = 8
const mostPatience = 64

/** What came of a trial that has just ended. */
export type Verdict = 'worth it' | 'not worth it' | undefined

/**
 * Compares what is finished in the same time with a window and with a wider one. Both are measured while the sender is
 * blocked, and the messages that were sent before the change are not counted.
 */
export class WindowTrial {
  #running = false
  /** What a window was measured to let through last, in messages a millisecond; zero before the first time. */
  #last = 0
  #toSkip = 0
  #finished = 0
  #since: number | undefined
  #windows = 0
  #patience = measured
  #blocked = false

  get running(): boolean {
    return this.#running
  }

  /** The sender says that it has more to send and no credit: without that a trial says nothing. */
  blocked(): void {
    this.#blocked = true
  }

  /** Begins with a window of `mark` that is about to be doubled; false while it is too early. */
  start(mark: number): boolean {
    if (this.#running || !this.#blocked || this.#last === 0 || this.#windows < this.#patience) return false
    this.#running = true
    this.#blocked = false
    this.#skip(mark)
    return true
  }

  /** Ends without a verdict, if one was running: the window of `mark` is about to change for another reason. */
  stop(mark: number): void {
    this.#running = false
    this.#last = 0
    this.#skip(mark)
  }

  /** Messages were finished under a window of `mark`. */
  finished(count: number, mark: number, now: number): Verdict {
    this.#windows += count / mark
    if (this.#since === undefined) {
      this.#toSkip -= count
      if (this.#toSkip <= 0) this.#since = now
      return undefined
    }
    this.#finished += count
    const elapsedMs = now - this.#since
    if (this.#finished < measured * mark || elapsedMs <= 0) return undefined
    const before = this.#last
    this.#last = this.#finished / elapsedMs
    this.#finished = 0
    this.#since = now
    return this.#running ? this.#judge(before) : undefined
  }

  #judge(before: number): Verdict {
    const blocked = this.#blocked
    this.#running = false
    this.#windows = 0
    this.#blocked = false
    // The sender had nothing more to send: that a wider window let no more through proves nothing.
    if (!blocked) return undefined
    if (this.#last >= before * worthwhile) {
      this.#patience = 0
      return 'worth it'
    }
    this.#patience = Math.min(mostPatience, Math.max(leastPatience, this.#patience * 2))
    return 'not worth it'
  }

  /** What was sent before a change is not measured. */
  #skip(mark: number): void {
    this.#toSkip = mark
    this.#finished = 0
    this.#since = undefined
  }
}
