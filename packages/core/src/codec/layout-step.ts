/** A map's key, behind those before it: the messages of a link have mostly the same keys, in the same order. */
import { maskOf, word } from './frame-octets.ts'
import type { Octets } from './frame-octets.ts'
import type { MakeObject } from './object-maker.ts'

/** Different keys that are remembered behind one. */
const MOST_BEHIND = 16

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
  #behind: LayoutStep[] | undefined
  /** The key as it stands in a frame: its first eight octets, zeros where there are fewer, and all where there are more. */
  readonly #first: number
  readonly #second: number
  readonly #octets: Uint8Array | undefined
  /** What of the first four octets is the key's, and its last four. */
  readonly #mask: number
  readonly #last: number

  constructor(key: string, octets: Uint8Array, before: LayoutStep | undefined) {
    this.key = key
    this.length = octets.length
    this.before = before
    this.#first = word(octets, 0)
    this.#second = word(octets, 4)
    this.#octets = octets.length > 8 ? Uint8Array.from(octets) : undefined
    this.#mask = maskOf(octets.length)
    this.#last = octets.length > 4 ? word(octets, octets.length - 4) : 0
  }

  /** True when another key can be remembered behind this one. */
  get hasRoom(): boolean {
    return this.#behind === undefined || this.#behind.length < MOST_BEHIND
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
    view.setInt32(at, this.#first, true)
    view.setInt32(at + 4, this.#second, true)
    const octets = this.#octets
    if (octets !== undefined) for (let i = 8; i < length; i++) target[at + i] = octets[i]!
    return at + length
  }

  /** Remembers a key behind this one; what is needed of `octets` is copied. */
  add(key: string, octets: Uint8Array): LayoutStep {
    const step = new LayoutStep(key, octets, this)
    this.#behind = [...(this.#behind ?? []), step]
    this.#likely = step
    return step
  }

  #other(frame: Octets, at: number, end: number): LayoutStep | undefined {
    for (const step of this.#behind ?? []) {
      if (step !== this.#likely && step.#stands(frame, at, end)) {
        this.#likely = step
        return step
      }
    }
    return undefined
  }

  #otherNamed(key: string): LayoutStep | undefined {
    for (const step of this.#behind ?? []) {
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
    // Of a frame that ends with a short key and its value, fewer octets than a word may be left.
    const first = at + 4 > end ? word(bytes.subarray(at, end), 0) : view.getInt32(at, true)
    if (((first ^ this.#first) & this.#mask) !== 0) return false
    if (length <= 4) return true
    if (view.getInt32(at + length - 4, true) !== this.#last) return false
    return this.#octets === undefined || sameBetween(bytes, at, this.#octets, length - 4)
  }
}

/** Whether the frame has the octets at `at`, from the fifth on up to `to`. */
function sameBetween(bytes: Uint8Array, at: number, octets: Uint8Array, to: number): boolean {
  for (let i = 4; i < to; i++) if (bytes[at + i] !== octets[i]) return false
  return true
}
