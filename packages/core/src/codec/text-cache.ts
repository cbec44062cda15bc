/** The longer strings that a frame has had: the messages of a batch have many of the same texts. */

import { sameOctets } from './key-set.ts'

const SLOTS = 256
/** A frame with more texts than this that are new has no pattern worth remembering. */
const MOST_TEXTS = 1_024

/** One text: where it stood, and its string. */
interface KnownText {
  readonly from: number
  readonly to: number
  readonly text: string
}

/** Finds the string of a text again without making it anew. Kept for one frame only. */
export class TextCache {
  readonly #bytes: Uint8Array
  readonly #slots: (KnownText | undefined)[] = new Array<undefined>(SLOTS)
  #added = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** The string of the text from `from` to `to`, if the frame has had it. */
  find(from: number, to: number): string | undefined {
    if (this.#added >= MOST_TEXTS) return undefined
    const known = this.#slots[this.#slot(from, to)]
    if (known === undefined || !sameOctets(this.#bytes, known.from, known.to, from, to)) return undefined
    return known.text
  }

  /** Remembers a text that `find` did not find. */
  add(from: number, to: number, text: string): void {
    if (++this.#added < MOST_TEXTS) this.#slots[this.#slot(from, to)] = { from, to, text }
  }

  #slot(from: number, to: number): number {
    let hash = to - from
    for (let at = from; at < to; at++) hash = (Math.imul(hash, 31) + this.#bytes[at]!) | 0
    return (hash ^ (hash >>> 8)) & (SLOTS - 1)
  }
}
