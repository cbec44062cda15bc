/**
 * Octets of the interop profile to values, checked and read in one pass. Hand-written: without its private
 * records msgpackr takes twice as long, a scan would have to come before it, and its dozen extensions would
 * have to be kept out.
 *
 * Every rule of the profile is upheld here but unique keys, which a scan sees to where they matter.
 */
import { FrameMemory, LARGE_FRAME_BYTES } from './frame-memory.ts'
import { NO_OCTETS } from './frame-octets.ts'
import type { Octets } from './frame-octets.ts'
import { FrameParts } from './frame-parts.ts'
import { FrameTexts } from './frame-texts.ts'
import type { Layouts } from './layouts.ts'
import { keysTo, LARGEST_LAYOUT } from './layouts.ts'
import { makeOneByOne } from './object-maker.ts'
import { uint16, uint32 } from './octets.ts'
import { FORBIDDEN_KEY, profileLimits } from './profile.ts'
import { refuse, refuseContainer, refuseEnd, refuseMore } from './refuse.ts'
import { readTime } from './timestamp.ts'
import { readInt64, readUint64 } from './wide-integer.ts'

const { depth: MAX_DEPTH, elements: MAX_ELEMENTS, keyBytes: MAX_KEY_BYTES } = profileLimits
const { elementsPerFrame: MAX_FRAME_ELEMENTS, valuesPerFrame: MAX_VALUES } = profileLimits

/** Reads the values of frames, one frame after the other. */
export class Decoder {
  readonly #memory: FrameMemory | undefined
  readonly #texts: FrameTexts
  /** What is known of the maps before, if anything is. */
  #layouts: Layouts | undefined
  #bytes: Buffer = NO_OCTETS.bytes
  /** Where the frame's values begin, and where it ends. */
  #start = 0
  #end = 0
  #octets: Octets = NO_OCTETS
  /** Values of the maps that are being read; made with the first of them, as large as it needs. */
  #stack: unknown[] | undefined
  #top = 0
  #parts: FrameParts | undefined
  #position = 0
  #hasMaps = false
  /** Elements of the frame so far, and how many they may be by the end of this value. */
  #elements = 0
  #most = 0

  /**
   * Of trusted octets it is not asked whether their text is UTF-8; where it is not, U+FFFD stands in. `memory` goes
   * from one frame to the next; without one, nothing does, and a small frame is read plainly.
   */
  constructor(trusted: boolean, memory?: FrameMemory) {
    this.#texts = new FrameTexts(trusted)
    this.#memory = memory
  }

  /** Whether the frame had a map. */
  get hasMaps(): boolean {
    return this.#hasMaps
  }

  /** Reads every value of a frame, from an octet on. Throws `DecodeError`, also if there are more than `most`. */
  values(bytes: Uint8Array, from: number = 0, most: number = MAX_VALUES): unknown[] {
    try {
      this.#begin(bytes, from)
      return this.#all(most)
    } finally {
      this.#leave()
    }
  }

  #begin(bytes: Uint8Array, from: number): void {
    const { buffer, byteOffset, length } = bytes
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(buffer, byteOffset, length)
    this.#octets = { bytes: this.#bytes, view: new DataView(buffer, byteOffset, length) }
    const memory = this.#memory ?? (length >= LARGE_FRAME_BYTES ? new FrameMemory() : undefined)
    this.#layouts = memory?.layouts
    this.#texts.begin(this.#octets, memory?.sees(length) === true ? memory : undefined)
    this.#start = from
    this.#end = length
    this.#position = from
    this.#top = 0
    this.#elements = 0
    this.#hasMaps = false
  }

  /** Holds nothing of the frame any more. */
  #leave(): void {
    this.#stack = undefined
    this.#bytes = NO_OCTETS.bytes
    this.#octets = NO_OCTETS
    this.#parts = undefined
    this.#texts.begin(NO_OCTETS, undefined)
  }

  #all(most: number): unknown[] {
    const values: unknown[] = [this.#next()]
    while (this.#position < this.#end) {
      if (values.length === most) refuseMore(most, this.#position)
      values.push(this.#next())
    }
    return values
  }

  #next(): unknown {
    if (this.#position === this.#end) refuse('ENV-1', 'nothing where a value belongs', this.#position)
    this.#most = Math.min(this.#elements + MAX_ELEMENTS, MAX_FRAME_ELEMENTS)
    return this.#value(0)
  }

  #value(depth: number): unknown {
    const at = this.#position
    if (at >= this.#end) refuseEnd(at)
    const first = this.#bytes[at]!
    this.#position = at + 1
    if (first < 0x80) return first
    if (first < 0x90) return this.#map(at, first & 0x0f, depth)
    if (first < 0xa0) return this.#array(at, first & 0x0f, depth)
    if (first < 0xc0) return this.#text(first & 0x1f)
    if (first >= 0xe0) return first - 0x100
    return this.#wide(at, first, depth)
  }

  /** A value whose first octet says how its length or its number is written. */
  #wide(at: number, first: number, depth: number): unknown {
    switch (first) {
      case 0xc0:
        return null
      case 0xc2:
        return false
      case 0xc3:
        return true
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.#binary(this.#uint(first - 0xc4))
      case 0xc7:
      case 0xc8:
      case 0xc9:
        return this.#date(at, this.#uint(first - 0xc7))
      case 0xca:
        return this.#octets.view.getFloat32(this.#take(4))
      case 0xcb:
        return this.#octets.view.getFloat64(this.#take(8))
      case 0xcc:
      case 0xcd:
      case 0xce:
        return this.#uint(first - 0xcc)
      case 0xcf:
        return readUint64(this.#bytes, this.#take(8))
      case 0xd0:
        return (this.#uint(0) << 24) >> 24
      case 0xd1:
        return (this.#uint(1) << 16) >> 16
      case 0xd2:
        return this.#uint(2) | 0
      case 0xd3:
        return readInt64(this.#bytes, this.#take(8))
      case 0xd4:
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#date(at, 1 << (first - 0xd4))
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.#text(this.#uint(first - 0xd9))
      case 0xdc:
      case 0xdd:
        return this.#array(at, this.#uint(first - 0xdb), depth)
      case 0xde:
      case 0xdf:
        return this.#map(at, this.#uint(first - 0xdd), depth)
      default:
        return refuse('ENV-7', `the octet 0x${first.toString(16)}, which begins no value`, at)
    }
  }

  /** Steps over octets and gives the position of the first. */
  #take(octets: number): number {
    const at = this.#position
    if (octets > this.#end - at) refuseEnd(this.#end)
    this.#position = at + octets
    return at
  }

  /** An integer of 1, 2 or 4 octets, for a width of 0, 1 or 2. */
  #uint(width: number): number {
    const at = this.#take(1 << width)
    if (width === 0) return this.#bytes[at]!
    return width === 1 ? uint16(this.#bytes, at) : uint32(this.#bytes, at)
  }

  #date(at: number, octets: number): Date {
    const type = this.#bytes.readInt8(this.#take(1))
    if (type !== -1) refuse('ENV-6', `the extension type ${type}; only −1 is allowed`, at)
    if (octets !== 4 && octets !== 8 && octets !== 12) refuse('ENV-6', `a timestamp of ${octets} octets`, at)
    const time = readTime(this.#bytes, this.#take(octets), octets)
    if (Number.isNaN(time)) refuse('ENV-6', 'a timestamp whose nanoseconds or date are out of range', at)
    return new Date(time)
  }

  /** What fills most of the values' octets is a view of it; a smaller part is copied, and does not keep the frame alive. */
  #binary(octets: number): Uint8Array {
    const from = this.#take(octets)
    if (octets < (this.#end - this.#start) / 2)
      return (this.#parts ??= new FrameParts(this.#bytes)).copy(from, octets)
    const { buffer, byteOffset } = this.#bytes
    return new Uint8Array(buffer, byteOffset + from, octets)
  }

  #text(octets: number): string {
    const at = this.#take(octets)
    return this.#texts.at(at, octets)
  }

  #array(at: number, count: number, depth: number): unknown[] {
    this.#enter(at, count, count, depth)
    const array: unknown[] = new Array(count)
    for (let i = 0; i < count; i++) array[i] = this.#value(depth + 1)
    return array
  }

  #map(at: number, count: number, depth: number): Record<string, unknown> {
    this.#enter(at, count, 2 * count, depth)
    this.#hasMaps = true
    if (this.#layouts === undefined || count === 0 || count > LARGEST_LAYOUT)
      return this.#properties({}, count, depth)
    return this.#laidOut(this.#layouts, count, depth)
  }

  /** A map whose keys are looked for among those of the maps before it. */
  #laidOut(layouts: Layouts, count: number, depth: number): Record<string, unknown> {
    const stack = (this.#stack ??= new Array<unknown>(count))
    const base = this.#top
    this.#top += count
    let step = layouts.begin(count)
    for (let i = 0; i < count; i++) {
      const next = step.follow(this.#octets, this.#position, this.#end)
      if (next === undefined) {
        const from = this.#position
        const key = this.#key()
        const learned = layouts.learn(step, key, this.#bytes.subarray(from, this.#position))
        if (learned === undefined) {
          this.#top = base
          return this.#unlike(makeOneByOne(keysTo(step), stack, base), key, count - i, depth)
        }
        step = learned
      } else {
        step = next
        this.#position += next.length
      }
      stack[base + i] = this.#value(depth + 1)
    }
    this.#top = base
    return layouts.objectOf(step, stack, base)
  }

  /** The rest of a map, from a key on that is not to be remembered. */
  #unlike(map: Record<string, unknown>, key: string, left: number, depth: number): Record<string, unknown> {
    map[key] = this.#value(depth + 1)
    return this.#properties(map, left - 1, depth)
  }

  #properties(map: Record<string, unknown>, count: number, depth: number): Record<string, unknown> {
    for (let i = 0; i < count; i++) {
      const key = this.#key()
      map[key] = this.#value(depth + 1)
    }
    return map
  }

  #key(): string {
    const at = this.#take(1)
    const first = this.#bytes[at]!
    let octets = first & 0x1f
    if (first < 0xa0 || first > 0xbf) {
      if (first < 0xd9 || first > 0xdb) refuse('ENV-4', 'a map key that is not a string', at)
      octets = this.#uint(first - 0xd9)
      if (octets > MAX_KEY_BYTES)
        refuse('ENV-4', `a map key of ${octets} octets, more than ${MAX_KEY_BYTES}`, at)
    }
    const key = this.#text(octets)
    if (key === FORBIDDEN_KEY) refuse('ENV-4', `the map key ${FORBIDDEN_KEY}`, at)
    return key
  }

  /** Each element takes an octet at least: a count that cannot be true is refused before it costs anything. */
  #enter(at: number, count: number, least: number, depth: number): void {
    if (least > this.#end - this.#position) refuseEnd(this.#end)
    this.#elements += count
    if (depth >= MAX_DEPTH || this.#elements > this.#most) {
      refuseContainer(profileLimits, depth, this.#most === MAX_FRAME_ELEMENTS, at)
    }
  }
}
