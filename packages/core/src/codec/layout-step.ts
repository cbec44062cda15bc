/** A map's key, behind those before it: the messages of a link have mostly the same keys, in the same order. */
import type { MakeObject } from './object-maker.ts'

/** Different keys that are remembered behind one. */
const MOST_BEHIND = 16

/** What a frame is read through: one octet at a time, and several at once. */
export interface Octets {
  readonly bytes: Buffer
  readonly view: DataView
}

/** One key of the maps that begin with the same keys. */
export class LayoutStep {
  readonly key: string
  /** Octets that the key takes in a frame, its header included. */
  readonly length: number
  /** The key before it; undefined for what stands ahead of a map's first key. */
  readonly before: LayoutStep | undefined
  /** Makes an object of a map that ends with this key, once enough of them were seen. */
  make: MakeObject | undefined
  /** Maps that ended with this key. */
  seen = 0
  /** The key that came behind it last, which is tried first, and all that did. */
  #likely: LayoutStep | undefined
  readonly #behind: LayoutStep[] = []
  /** The key as it stands in a frame, its header included. */
  readonly #octets: Uint8Array
  /** The first four octets, as far as there are so many, and the last four. */
  readonly #head: number
  readonly #mask: number
  readonly #tail: number
  /** The four octets behind the first four, zeros where there are fewer. */
  readonly #second: number

  constructor(key: string, octets: Uint8Array, before: LayoutStep | undefined) {
    this.key = key
    this.length = octets.length
    this.before = before
    this.#octets = octets
    this.#mask = octets.length < 4 ? (1 << (8 * octets.length)) - 1 : -1
    this.#head = word(octets, 0)
    this.#second = word(octets, 4)
    this.#tail = octets.length > 4 ? word(octets, octets.length - 4) : 0
  }

  /** True when another key can be remembered behind this one. */
  get hasRoom(): boolean {
    return this.#behind.length < MOST_BEHIND
  }

  /** The known key that stands in a frame at `at`, behind this one; `end` is where the frame ends. */
  follow(frame: Octets, at: number, end: number): LayoutStep | undefined {
    const likely = this.#likely
    return likely !== undefined && likely.#stands(frame, at, end) ? likely : this.#other(frame, at, end)
  }

  /** The known key of that name behind this one. */
  named(key: string): LayoutStep | undefined {
    const likely = this.#likely
    return likely !== undefined && likely.key === key ? likely : this.#otherNamed(key)
  }

  /** Writes the key, and returns the position behind it; eight octets are written at least. */
  write(target: Uint8Array, view: DataView, at: number): number {
    const { length } = this
    view.setInt32(at, this.#head, true)
    view.setInt32(at + 4, this.#second, true)
    if (length > 8) this.#writeRest(target, at)
    return at + length
  }

  /** Remembers a key behind this one. */
  add(key: string, octets: Uint8Array): LayoutStep {
    const step = new LayoutStep(key, octets, this)
    this.#behind.push(step)
    this.#likely = step
    return step
  }

  #other(frame: Octets, at: number, end: number): LayoutStep | undefined {
    for (const step of this.#behind) {
      if (step !== this.#likely && step.#stands(frame, at, end)) {
        this.#likely = step
        return step
      }
    }
    return undefined
  }

  #writeRest(target: Uint8Array, at: number): void {
    const octets = this.#octets
    for (let i = 8; i < octets.length; i++) target[at + i] = octets[i]!
  }

  #otherNamed(key: string): LayoutStep | undefined {
    for (const step of this.#behind) {
      if (step.key === key) {
        this.#likely = step
        return step
      }
    }
    return undefined
  }

  /** Whether the frame has this key at `at`. */
  #stands({ bytes, view }: Octets, at: number, end: number): boolean {
    const { length } = this
    if (at + length > end) return false
    if (at + 4 > end) return this.#same(bytes, at, 0, length)
    if (((view.getInt32(at, true) ^ this.#head) & this.#mask) !== 0) return false
    if (length <= 4) return true
    if (view.getInt32(at + length - 4, true) !== this.#tail) return false
    return length <= 8 || this.#same(bytes, at, 4, length - 4)
  }

  #same(bytes: Uint8Array, at: number, from: number, to: number): boolean {
    const octets = this.#octets
    for (let i = from; i < to; i++) if (bytes[at + i] !== octets[i]) return false
    return true
  }
}

/** Up to four octets, least significant first. */
function word(octets: Uint8Array, from: number): number {
  let all = 0
  for (let i = Math.min(4, octets.length - from) - 1; i >= 0; i--) all = (all << 8) | octets[from + i]!
  return all
}
