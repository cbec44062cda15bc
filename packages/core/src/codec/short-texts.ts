/** Strings that came before: the fields of messages have mostly a few values each, and one of them costs less than a new string. */
import { maskOf } from './frame-octets.ts'
import type { Octets } from './frame-octets.ts'
import { shortText } from './short-text.ts'

/** The most octets of a text that is remembered: two words hold it. */
export const SHORT_WORDS = 8
const SLOTS = 512

/** The latest of the texts that share a slot. */
export class ShortTexts {
  /** Each slot's text as two words, least significant octet first, zeros behind its end. */
  readonly #words: Int32Array = new Int32Array(2 * SLOTS)
  readonly #texts: string[] = new Array<string>(SLOTS).fill('')

  /** The string of one to eight octets, if they are ASCII; the frame goes on for eight octets from `at` on. */
  textAt({ bytes, view }: Octets, at: number, octets: number): string | undefined {
    const first = view.getInt32(at, true) & maskOf(octets)
    const second = view.getInt32(at + 4, true) & maskOf(octets - 4)
    const words = this.#words
    const slot = slotOf(first, second)
    // A text of fewer octets whose end is zeros has the same words.
    if (words[2 * slot] === first && words[2 * slot + 1] === second) {
      const known = this.#texts[slot]!
      if (known.length === octets) return known
    }
    const text = shortText(bytes, at, octets)
    if (text === undefined) return undefined
    words[2 * slot] = first
    words[2 * slot + 1] = second
    this.#texts[slot] = text
    return text
  }
}

function slotOf(first: number, second: number): number {
  const mixed = Math.imul(first ^ Math.imul(second, 0x9e37_79b1), 0x85eb_ca6b)
  return (mixed ^ (mixed >>> 15)) & (SLOTS - 1)
}
