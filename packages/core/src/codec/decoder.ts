/**
 * Octets of the interop profile to values, checked and read in one pass. Hand-written: without its private
 * records msgpackr takes twice as long, a scan would have to come before it, and its dozen extensions would
 * have to be kept out.
 *
 * Every rule of the profile is upheld here but unique keys, which a scan sees to where they matter.
 */
import { KeyCache } from './key-cache.ts'
import { uint16, uint32 } from './octets.ts'
import { FORBIDDEN_KEY, profileLimits } from './profile.ts'
import { refuse, refuseContainer, refuseEnd } from './refuse.ts'
import { shortText, SHORT_TEXT_BYTES } from './short-text.ts'
import { readTime } from './timestamp.ts'
import { malformedAt } from './utf8.ts'
import { readInt64, readUint64 } from './wide-integer.ts'

const { depth: MAX_DEPTH, elements: MAX_ELEMENTS, keyBytes: MAX_KEY_BYTES } = profileLimits
const { elementsPerFrame: MAX_FRAME_ELEMENTS, valuesPerFrame: MAX_VALUES } = profileLimits
/** Up to this many octets a loop here is faster than a call into Node. */
const SHORT_BINARY = 64
/** Up to this many octets a string is looked for among those that the frame has had. */
const REPEATED_TEXT = 32
/** In a smaller frame a key comes too rarely a second time for a cache to pay, and a float for a view. */
const LARGE_FRAME_BYTES = 512

/** Reads the values of one frame. */
export class Decoder {
  readonly #bytes: Buffer
  readonly #end: number
  readonly #trusted: boolean
  /** Whether the frame is large enough for what these two cost to make; each is made when it is first needed. */
  readonly #large: boolean
  #view: DataView | undefined
  #keys: KeyCache | undefined
  /** Of strings that are short and would cost a call into Node each. */
  #texts: KeyCache | undefined
  /** The frame as no Buffer, whose slices would be parts of it. */
  #plain: Uint8Array | undefined
  #position = 0
  #hasMaps = false
  /** Elements of the frame so far, and how many they may be by the end of this value. */
  #elements = 0
  #most = 0

  /** Of trusted octets it is not asked whether their text is UTF-8; where it is not, U+FFFD stands in. */
  constructor(bytes: Uint8Array, trusted: boolean) {
    this.#bytes = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#end = bytes.length
    this.#trusted = trusted
    this.#large = bytes.length >= LARGE_FRAME_BYTES
  }

  /** Whether a map was read. */
  get hasMaps(): boolean {
    return this.#hasMaps
  }

  /** Reads every value. Throws `DecodeError`. */
  values(): unknown[] {
    const values: unknown[] = [this.#next()]
    while (this.#position < this.#end) {
      if (values.length === MAX_VALUES)
        refuse('ENV-12', `more than ${MAX_VALUES} values in a frame`, this.#position)
      values.push(this.#next())
    }
    return values
  }

  /** Reads the one value that there is. Throws `DecodeError`, also if there is more than one. */
  only(): unknown {
    const value = this.#next()
    if (this.#position < this.#end)
      refuse('ENV-1', 'more than the one value that belongs here', this.#position)
    return value
  }

  #next(): unknown {
    if (this.#end === 0) refuse('ENV-1', 'nothing where a value belongs', 0)
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
        return this.#bytes.readFloatBE(this.#take(4))
      case 0xcb:
        return this.#float64(this.#take(8))
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

  #float64(at: number): number {
    if (!this.#large) return this.#bytes.readDoubleBE(at)
    const { buffer, byteOffset, length } = this.#bytes
    return (this.#view ??= new DataView(buffer, byteOffset, length)).getFloat64(at)
  }

  #date(at: number, octets: number): Date {
    const type = this.#bytes.readInt8(this.#take(1))
    if (type !== -1) refuse('ENV-6', `the extension type ${type}; only −1 is allowed`, at)
    if (octets !== 4 && octets !== 8 && octets !== 12) refuse('ENV-6', `a timestamp of ${octets} octets`, at)
    const time = readTime(this.#bytes, this.#take(octets), octets)
    if (Number.isNaN(time)) refuse('ENV-6', 'a timestamp whose nanoseconds or date are out of range', at)
    return new Date(time)
  }

  /** What fills most of the frame is a view of it; a smaller part is copied, and does not keep the frame alive. */
  #binary(octets: number): Uint8Array {
    const from = this.#take(octets)
    const { buffer, byteOffset } = this.#bytes
    if (octets >= this.#end / 2) return new Uint8Array(buffer, byteOffset + from, octets)
    if (octets > SHORT_BINARY) {
      this.#plain ??= new Uint8Array(buffer, byteOffset, this.#end)
      return this.#plain.slice(from, from + octets)
    }
    const copy = new Uint8Array(octets)
    for (let i = 0; i < octets; i++) copy[i] = this.#bytes[from + i]!
    return copy
  }

  #text(octets: number): string {
    const at = this.#take(octets)
    if (octets <= SHORT_TEXT_BYTES) {
      const short = shortText(this.#bytes, at, octets)
      if (short !== undefined) return short
    }
    return this.#longText(at, at + octets)
  }

  #longText(from: number, to: number): string {
    if (!this.#large || to - from > REPEATED_TEXT) return this.#newText(from, to)
    this.#texts ??= new KeyCache(this.#bytes)
    const known = this.#texts.find(from, to)
    if (known !== undefined) return known
    const text = this.#newText(from, to)
    this.#texts.add(from, to, text)
    return text
  }

  #newText(from: number, to: number): string {
    const malformed = this.#trusted ? -1 : malformedAt(this.#bytes, from, to)
    if (malformed >= 0) refuse('ENV-5', 'text that is not UTF-8', malformed)
    return this.#bytes.toString('utf8', from, to)
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
    const map: Record<string, unknown> = {}
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
    const from = this.#take(octets)
    const known = this.#keys?.find(from, from + octets)
    return known === undefined ? this.#newKey(at, from, octets) : known
  }

  #newKey(at: number, from: number, octets: number): string {
    this.#position = from
    const key = this.#text(octets)
    if (key === FORBIDDEN_KEY) refuse('ENV-4', `the map key ${FORBIDDEN_KEY}`, at)
    if (!this.#large) return key
    this.#keys ??= new KeyCache(this.#bytes)
    this.#keys.add(from, from + octets, key)
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
