/** The high-water mark `'auto'`: as wide as what one replica finishes in the target time, and no wider than it needs. */
import { WindowTrial } from './window-trial.ts'

/** What a window that sizes itself has to know beforehand. */
export interface AutoWindowOptions {
  /** Messages that the stage works on at once: half of the least window. */
  readonly concurrency: number
  /** How long a full window may take to be finished, in milliseconds. Default 20. */
  readonly targetMs?: number | undefined
  /** Widest window, in messages. Default 65 536. */
  readonly max?: number | undefined
  /** Widest window, in bytes. Default 8 MiB: more memory on its way than fits a cache makes large messages slower. */
  readonly maxBytes?: number | undefined
}

/** Busy time over which what was measured loses two thirds of its weight, in milliseconds. */
const memoryMs = 100
/** Messages over which their mean size loses two thirds of its weight. */
const bytesMemory = 16

/**
 * Measures how fast messages are finished and sizes the window by it.
 *
 * Capacity is what was finished over the time in which at least one message was held, so that a sender with little to
 * send does not make a fast replica look slow. The useful window is capacity × span, where the span is the target time.
 * While the sender is held up by a smaller window, it doubles; as soon as capacity falls, so does the window.
 *
 * Where the sender is far away, or acks come from further down a chain, a window of the target time would itself be what
 * holds up. So, now and then, while the sender says that it is blocked, one of twice the useful width is tried: if more is
 * finished, the span grows to fit it; if not, as with a handler that is just slow, nothing changes.
 */
export class AutoWindow {
  readonly #least: number
  readonly #most: number
  readonly #mostBytes: number
  readonly #targetMs: number
  readonly #trial = new WindowTrial()
  #spanMs: number
  #mark: number
  #held = 0
  /** Decaying mean of the bytes of a message. */
  #bytesEach = 0
  /** Decaying sums: their quotient is the capacity, in messages a millisecond. */
  #finishedSum = 0
  #busySum = 0
  #accountedAt = 0
  #sinceChange = 0
  #heldUp = false

  constructor(options: AutoWindowOptions) {
    this.#targetMs = options.targetMs ?? 20
    this.#spanMs = this.#targetMs
    this.#most = options.max ?? 65_536
    this.#mostBytes = options.maxBytes ?? 8 * 1024 * 1024
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

  /** Messages came, of so many bytes together. */
  arrived(count: number, bytes: number, now: number): void {
    if (this.#held === 0) this.#accountedAt = now
    this.#held += count
    this.#bytesEach += (bytes - count * this.#bytesEach) / Math.max(count, bytesMemory)
  }

  /** The sender has used up its window, and may have more to send. */
  exhausted(): void {
    this.#heldUp = true
  }

  /** The sender says that it has more to send and no credit. */
  blocked(): void {
    this.#heldUp = true
    this.#trial.blocked()
  }

  /** Messages were finished: the moment at which the mark changes. */
  finished(count: number, now: number): void {
    this.#account(now)
    this.#finishedSum += count
    this.#held = Math.max(0, this.#held - count)
    this.#sinceChange += count
    const verdict = this.#trial.finished(count, this.#mark, now)
    if (verdict === 'worth it') this.#spanMs = Math.max(this.#spanMs, this.#mark / this.#rate())
    if (verdict === 'not worth it') this.#spanMs = Math.max(this.#targetMs, this.#spanMs * 0.9)
    this.#resize()
  }

  #account(now: number): void {
    if (this.#held > 0) {
      const busyMs = Math.max(0, now - this.#accountedAt)
      const kept = Math.exp(-busyMs / memoryMs)
      this.#finishedSum *= kept
      this.#busySum = this.#busySum * kept + busyMs
    }
    this.#accountedAt = now
  }

  #rate(): number {
    return this.#busySum === 0 ? 0 : this.#finishedSum / this.#busySum
  }

  #resize(): void {
    const useful = this.#useful()
    if (this.#trial.running) {
      // A replica that has become slow meanwhile does not keep what it was lent.
      if (this.#mark < useful * 4) return
      this.#trial.stop(this.#mark)
    }
    if (this.#mark > useful) return this.#change(useful)
    if (!this.#heldUp || this.#sinceChange * 2 < this.#mark) return
    if (useful > this.#mark * 1.25) {
      this.#trial.stop(this.#mark)
      this.#change(Math.min(useful, this.#mark * 2))
    } else if (this.#mark < this.#ceiling() && this.#trial.start(this.#mark)) {
      this.#change(Math.min(this.#ceiling(), this.#mark * 2))
    } else this.#change(useful)
  }

  #change(mark: number): void {
    this.#mark = mark
    this.#sinceChange = 0
    this.#heldUp = false
  }

  #useful(): number {
    if (this.#busySum === 0) return this.#ceiling()
    return Math.min(this.#ceiling(), Math.max(this.#least, Math.ceil(this.#rate() * this.#spanMs)))
  }

  #ceiling(): number {
    const most = Math.floor(this.#mostBytes / Math.max(1, this.#bytesEach))
    return Math.min(this.#most, Math.max(this.#least, most))
  }
}
