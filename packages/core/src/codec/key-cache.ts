/** The strings that a frame has had: the messages of a batch have mostly the same keys, in the same order, and many of the same texts. */

const SLOTS = 256
/** A frame with more keys than this that are new has no pattern worth remembering. */
const MAX_KEYS = 1_024

/** One key: where it stood, its string, and which key came behind it last time. */
interface KnownKey {
  readonly from: number
  readonly to: number
  readonly text: string
  next: KnownKey | undefined
}

/** Finds the string of a key, or of a short text, again without making it anew. Kept for one frame only. */
export class KeyCache {
  readonly #bytes: Uint8Array
  readonly #slots: (KnownKey | undefined)[] = new Array<undefined>(SLOTS)
  #last: KnownKey | undefined
  #added = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The string of the key from `from` to `to`, if the frame has had it. */
  find(from: number, to: number): string | undefined {
    if (this.#added >= MAX_KEYS) return undefined
    const last = this.#last
    const guess = last?.next
    if (guess !== undefined && this.#is(guess, from, to)) {
      this.#last = guess
      return guess.text
    }
    const known = this.#slots[this.#slot(from, to)]
    if (known === undefined || !this.#is(known, from, to)) return undefined
    if (last !== undefined) last.next = known
    this.#last = known
    return known.text
  }

  /** Remembers a key that `find` did not find. */
  add(from: number, to: number, text: string): void {
    if (++this.#added >= MAX_KEYS) return
    const known: KnownKey = { from, to, text, next: undefined }
    this.#slots[this.#slot(from, to)] = known
    if (this.#last !== undefined) this.#last.next = known
    this.#last = known
  }

  #is(known: KnownKey, from: number, to: number): boolean {
    const bytes = this.#bytes
    let other = known.from
    if (known.to - other !== to - from) return false
    for (let at = from; at < to; at++, other++) if (bytes[at] !== bytes[other]) return false
    return true
  }

  #slot(from: number, to: number): number {
    let hash = to - from
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + this.#bytes[at]!) | 0
    return (hash ^ (hash >>> 8)) & (SLOTS - 1)
  }
}
