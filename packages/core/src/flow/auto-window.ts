/** The high-water mark `'auto'`: as wide as what one replica finishes in the target time, and no wider than it needs. */

/** What a window that sizes itself has to know beforehand. */
export interface AutoWindowOptions {
  /** Messages that the stage works on at once: half of the least window. */
  readonly concurrency: number
  /** How long a full window may take to be finished, in milliseconds. Default 20. */
  readonly targetMs?: number | undefined
  /** Widest window, in messages. Default 65 536. */
  readonly max?: number | undefined
}

/** Busy time over which what was measured loses two thirds of its weight, in milliseconds. */
const memoryMs = 100
/** What a window of twice the width has to finish more to be worth it. */
const worthwhile = 1.4
/** Fewest and most windows between two trials. */
const leastPatience = 8
const mostPatience = 1_024

/** A wider window that is tried out: whether more is finished is counted once the messages of the old one are through. */
interface Trial {
  readonly before: number
  toSkip: number
  finished: number
  busyMs: number
}

/**
 * Measures how fast messages are finished and sizes the window by it.
 *
 * Capacity is what was finished over the time in which at least one message was held, so that a sender with little to
 * send does not make a fast replica look slow. The useful window is capacity × span, where the span is the target time.
 * While the sender is held up by a smaller window, it doubles; as soon as capacity falls, so does the window.
 *
 * Where acks come late and many at once, because they come from further down a chain, a window of the target time
 * would itself be what holds up. So, now and then, one of twice the useful width is tried: if it makes capacity grow with
 * it, the span becomes what such a window takes; if not, as with a handler that is just slow, nothing changes.
 */
export class AutoWindow {
  readonly #least: number
  readonly #most: number
  readonly #targetMs: number
  #spanMs: number
  #mark: number
  #held = 0
  /** Decaying sums: their quotient is the capacity, in messages a millisecond. */
  #finishedSum = 0
  #busySum = 0
  #accountedAt = 0
  #sinceChange = 0
  #heldUp = false
  #trial: Trial | undefined
  /** The first trial comes early: a window that starts too small for a chain is to grow soon. */
  #patience = 2
  #windows = 0

  constructor(options: AutoWindowOptions) {
    this.#targetMs = options.targetMs ?? 20
    this.#spanMs = this.#targetMs
    this.#most = options.max ?? 65_536
    this.#least = Math.min(this.#most, Math.max(2, 2 * options.concurrency))
    this.#mark = Math.min(this.#most, Math.max(4, this.#least))
  }

  /** The mark to announce now. */
  get highWaterMark(): number {
    return this.#mark
  }

  /** Messages finished a second while busy, as measured; zero before the first. */
  get capacity(): number {
    return this.#rate() * 1000
  }

  /** Messages came. */
  arrived(count: number, now: number): void {
    if (this.#held === 0) this.#accountedAt = now
    this.#held += count
  }

  /** The sender has used up its window, and may have more to send. */
  exhausted(): void {
    this.#heldUp = true
  }

  /** Messages were finished: the moment at which the mark changes. */
  finished(count: number, now: number): void {
    const busyMs = this.#held === 0 ? 0 : Math.max(0, now - this.#accountedAt)
    this.#accountedAt = now
    const kept = Math.exp(-busyMs / memoryMs)
    this.#finishedSum = this.#finishedSum * kept + count
    this.#busySum = this.#busySum * kept + busyMs
    this.#held = Math.max(0, this.#held - count)
    this.#sinceChange += count
    this.#windows += count / this.#mark
    if (this.#trial === undefined) this.#resize()
    else this.#judge(this.#trial, count, busyMs)
  }

  #rate(): number {
    return this.#busySum === 0 ? 0 : this.#finishedSum / this.#busySum
  }

  #resize(): void {
    const useful = this.#useful()
    if (this.#mark > useful) return this.#change(useful)
    if (!this.#heldUp || this.#sinceChange * 2 < this.#mark) return
    if (this.#mark < useful) return this.#change(Math.min(useful, this.#mark * 2))
    if (this.#windows >= this.#patience && this.#mark < this.#most) this.#try()
  }

  #try(): void {
    this.#trial = { before: this.#rate(), toSkip: this.#mark, finished: 0, busyMs: 0 }
    this.#change(Math.min(this.#most, this.#mark * 2))
  }

  #judge(trial: Trial, count: number, busyMs: number): void {
    // A replica that has become slow meanwhile does not keep what it was lent.
    if (this.#rate() * 2 < trial.before) {
      this.#trial = undefined
      return this.#resize()
    }
    if (trial.toSkip > 0) {
      trial.toSkip -= count
      return
    }
    trial.finished += count
    trial.busyMs += busyMs
    if (trial.finished < this.#mark) return
    this.#trial = undefined
    this.#windows = 0
    const after = trial.busyMs === 0 ? Infinity : trial.finished / trial.busyMs
    if (after >= trial.before * worthwhile && after < Infinity) {
      this.#spanMs = Math.max(this.#spanMs, this.#mark / after)
      this.#patience = 0
      this.#finishedSum = trial.finished
      this.#busySum = trial.busyMs
    } else {
      this.#spanMs = Math.max(this.#targetMs, this.#spanMs * 0.9)
      this.#patience = Math.min(mostPatience, Math.max(leastPatience, this.#patience * 2))
    }
    this.#resize()
  }

  #change(mark: number): void {
    this.#mark = mark
    this.#sinceChange = 0
    this.#heldUp = false
  }

  #useful(): number {
    if (this.#busySum === 0) return this.#most
    return Math.min(this.#most, Math.max(this.#least, Math.ceil(this.#rate() * this.#spanMs)))
  }
}
