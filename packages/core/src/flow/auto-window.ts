/** The high-water mark `'auto'`: as wide as what one replica finishes in the target time, and no wider than it needs. */
import { Throughput } from './throughput.ts'
import { WindowPool } from './window-pool.ts'
import { WindowTrial } from './window-trial.ts'

/** What a window that sizes itself has to know beforehand. */
export interface AutoWindowOptions {
  /** Messages that the stage works on at once: half of the least window. */
  readonly concurrency: number
  /** How long a full window may take to be finished, in milliseconds. Default 20. */
  readonly targetMs?: number | undefined
  /** Widest window, in messages. Default 65 536. */
  readonly max?: number | undefined
  /** What it shares with the other windows of its receiver. Default: it is alone. */
  readonly pool?: WindowPool | undefined
}

/** Widest window, in messages, unless an option says otherwise. */
const defaultMost = 65_536
/** Messages over which their mean size loses two thirds of its weight. */
const bytesMemory = 16

/** The mark that a window begins with: small, unless it is known from others how fast the receiver is. */
export function firstMark({ concurrency, max = defaultMost, pool }: AutoWindowOptions): number {
  return Math.min(max, Math.max(4, 2 * concurrency, pool?.least ?? 0))
}

/**
 * Measures how fast messages are finished and sizes the window by it.
 *
 * The useful window is throughput × span, where the span is the target time, and no less than the pool says. While the sender
 * is held up by a smaller window, it doubles; as soon as the throughput falls, so does the window.
 *
 * Where the sender is far away, or acks come from further down a chain, a window of the target time would itself be what
 * holds up. So, now and then, while the sender says that it is blocked, one of twice the useful width is tried: if more is
 * finished, the span grows to fit it; if not, as with a handler that is just slow, nothing changes.
 */
export class AutoWindow {
  readonly #least: number
  readonly #most: number
  readonly #targetMs: number
  readonly #pool: WindowPool
  readonly #throughput = new Throughput()
  readonly #trial = new WindowTrial()
  #spanMs: number
  #mark: number
  /** Decaying mean of the bytes of a message. */
  #bytesEach = 0
  #sinceChange = 0
  #heldUp = false

  constructor(options: AutoWindowOptions) {
    this.#targetMs = options.targetMs ?? 20
    this.#spanMs = this.#targetMs
    this.#most = options.max ?? defaultMost
    this.#least = Math.min(this.#most, Math.max(2, 2 * options.concurrency))
    this.#mark = firstMark(options)
    this.#pool = options.pool ?? new WindowPool()
    this.#pool.join()
  }

  /** The mark to announce now. */
  get highWaterMark(): number {
    return this.#mark
  }

  /** Messages finished a second while busy, as measured; zero before the first. */
  get capacity(): number {
    return (this.#throughput.perMs ?? 0) * 1000
  }

  /** Messages came, of so many bytes together. */
  arrived(count: number, bytes: number, now: number): void {
    this.#throughput.arrived(count, now)
    this.#pool.throughput.arrived(count, now)
    this.#bytesEach += (bytes - count * this.#bytesEach) / Math.max(count, bytesMemory)
  }

  /** The sender has used up its window, and may have more to send. */
  exhausted(): void {
    this.#heldUp = true
  }

  /** Half the window was finished so soon that acks, which come with each half, are many. */
  hurried(): void {
    this.#heldUp = true
  }

  /** The sender says that it has more to send and no credit. */
  blocked(): void {
    this.#heldUp = true
    this.#trial.blocked()
  }

  /** Messages were finished: the moment at which the mark changes. */
  finished(count: number, now: number): void {
    this.#throughput.finished(count, now)
    this.#pool.throughput.finished(count, now)
    this.#sinceChange += count
    const verdict = this.#trial.finished(count, this.#mark, now)
    if (verdict === 'worth it')
      this.#spanMs = Math.max(this.#spanMs, this.#mark / (this.#throughput.perMs ?? 1))
    if (verdict === 'not worth it') this.#spanMs = Math.max(this.#targetMs, this.#spanMs * 0.9)
    this.#resize()
  }

  /** It is needed no more; what it held is finished by nobody. */
  close(): void {
    this.#pool.leave(this.#throughput.held)
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
      this.#change(Math.min(useful, Math.max(this.#mark * 2, this.#pool.least)))
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
    const { perMs } = this.#throughput
    if (perMs === undefined) return this.#ceiling()
    return Math.min(this.#ceiling(), Math.max(this.#least, this.#pool.least, Math.ceil(perMs * this.#spanMs)))
  }

  #ceiling(): number {
    const most = Math.floor(this.#pool.bytesEach / Math.max(1, this.#bytesEach))
    return Math.min(this.#most, Math.max(this.#least, most))
  }
}
