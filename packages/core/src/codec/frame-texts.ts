/** Reads the strings of frames: made anew where they are long, found again where they are likely to come often. */
import type { FrameMemory } from './frame-memory.ts'
import { LARGE_FRAME_BYTES } from './frame-memory.ts'
import { NO_OCTETS } from './frame-octets.ts'
import type { Octets } from './frame-octets.ts'
import { refuse } from './refuse.ts'
import { shortText, SHORT_TEXT_BYTES } from './short-text.ts'
import { SHORT_WORDS } from './short-texts.ts'
import { TextCache } from './text-cache.ts'
import { malformedAt } from './utf8.ts'

/** Up to this many octets a string is looked for among those that the frame has had. */
const REPEATED_TEXT = 32

/** Of one frame after the other; says nothing of positions, which the decoder keeps. */
export class FrameTexts {
  readonly #trusted: boolean
  #octets: Octets = NO_OCTETS
  #end = 0
  /** Has the short texts that came before. */
  #memory: FrameMemory | undefined
  /** Of strings that would cost a call into Node each. */
  #cache: TextCache | undefined

  /** Of trusted octets it is not asked whether they are UTF-8; where they are not, U+FFFD stands in. */
  constructor(trusted: boolean) {
    this.#trusted = trusted
  }

  /** Goes on with another frame; `memory` where its short texts are worth remembering. */
  begin(octets: Octets, memory: FrameMemory | undefined): void {
    this.#octets = octets
    this.#end = octets.bytes.length
    this.#memory = memory
    this.#cache = undefined
  }

  /** The string of octets that are there. Throws `DecodeError`. */
  at(from: number, octets: number): string {
    return this.#short(from, octets) ?? this.#long(from, from + octets)
  }

  #short(at: number, octets: number): string | undefined {
    if (octets > SHORT_TEXT_BYTES) return undefined
    const memory = this.#memory
    if (memory === undefined || octets > SHORT_WORDS || at + SHORT_WORDS > this.#end)
      return shortText(this.#octets.bytes, at, octets)
    return memory.texts.textAt(this.#octets, at, octets)
  }

  #long(from: number, to: number): string {
    if (to - from > REPEATED_TEXT || this.#end < LARGE_FRAME_BYTES) return this.#new(from, to)
    this.#cache ??= new TextCache(this.#octets.bytes)
    const known = this.#cache.find(from, to)
    if (known !== undefined) return known
    const text = this.#new(from, to)
    this.#cache.add(from, to, text)
    return text
  }

  #new(from: number, to: number): string {
    const { bytes } = this.#octets
    const malformed = this.#trusted ? -1 : malformedAt(bytes, from, to)
    if (malformed >= 0) refuse('ENV-5', 'text that is not UTF-8', malformed)
    return bytes.toString('utf8', from, to)
  }
}
