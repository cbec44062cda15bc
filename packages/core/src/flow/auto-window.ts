/** The high-water mark `'auto'`: as wide as what one replica finishes in the target time, and no wider than it needs. */

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

/**
 * Measures how fast messages are finished and sizes the window by it.
 *
 * Capacity is what was finished over the time in which at least one message was held, so that a sender with little to
 * send does not make a fast replica look slow. The most useful window is capacity × target. Where one message alone
 * takes long, because its handler waits or because its ack comes from further down the chain, the window spans
 * that time twice instead: one being worked on, one on its way. The window starts small, doubles while
 * the sender is held up by it, and falls as soon as the capacity does.
 */
export class AutoWindow {
  readonly #least: number
  readonly #most: number
  readonly #targetMs: number
  #mark: number
  #held = 0
  /** Decaying sums: their quotient is the capacity, in messages a millisecond. */
  #finishedSum = 0
  #busySum = 0
  #accountedAt = 0
  #busySince = 0
  #first = false
  #latencyMs = 0
  #sinceGrowth = 0
  #heldUp = false

  constructor(options: AutoWindowOptions) {
    this.#targetMs = options.targetMs ?? 20
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
    return this.#busySum === 0 ? 0 : (this.#finishedSum / this.#busySum) * 1000
  }

  /** Messages came. */
  arrived(count: number, now: number): void {
    if (this.#held === 0) {
      this.#accountedAt = now
      this.#busySince = now
      this.#first = true
    }
    this.#held += count
  }

  /** The sender has used up its window, and may have more to send. */
  exhausted(): void {
    this.#heldUp = true
  }

  /** Messages were finished: the moment at which the mark changes. */
  finished(count: number, now: number): void {
    this.#account(now)
    this.#held = Math.max(0, this.#held - count)
    this.#finishedSum += count
    this.#sinceGrowth += count
    if (this.#first) this.#learnLatency(now - this.#busySince)
    this.#resize()
  }

  /** The least latency counts: what was held up by others says nothing of what one message needs. */
  #learnLatency(latencyMs: number): void {
    this.#first = false
    const known = this.#latencyMs
    this.#latencyMs = known === 0 || latencyMs < known ? latencyMs : known + (latencyMs - known) / 8
  }

  #account(now: number): void {
    if (this.#held === 0) return
    const busy = Math.max(0, now - this.#accountedAt)
    this.#accountedAt = now
    const kept = Math.exp(-busy / memoryMs)
    this.#finishedSum *= kept
    this.#busySum = this.#busySum * kept + busy
  }

  #resize(): void {
    const useful = this.#useful()
    if (this.#mark > useful) {
      this.#mark = useful
      this.#sinceGrowth = 0
    } else if (this.#heldUp && this.#sinceGrowth * 2 >= this.#mark) {
      this.#mark = Math.min(useful, this.#mark * 2)
      this.#sinceGrowth = 0
      this.#heldUp = false
    }
  }

  #useful(): number {
    if (this.#busySum === 0) return this.#most
    const spanMs = Math.max(this.#targetMs, 2 * this.#latencyMs)
    const useful = Math.ceil((this.#finishedSum / this.#busySum) * spanMs)
    return Math.min(this.#most, Math.max(this.#least, useful))
  }
}
