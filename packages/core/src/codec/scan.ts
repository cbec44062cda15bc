/**
 * The scan: one pass over the octets of a frame that makes nothing of them and allocates nothing for a
 * value. The decoder upholds the same rules by itself, all but one: where a map may not have the same key
 * twice, in arguments and headers, the scan comes first.
 */
import { KeySet, sameOctets } from './key-set.ts'
import { uint16, uint32 } from './octets.ts'
import { FORBIDDEN_KEY, isForbiddenKey, profileLimits } from './profile.ts'
import type { ProfileLimits } from './profile.ts'
import { refuse, refuseContainer, refuseEnd } from './refuse.ts'
import { readTime } from './timestamp.ts'
import { malformedAt } from './utf8.ts'

/** What a scan asks beside what the profile asks. */
export interface ScanOptions {
  /** Bounds that replace those of the profile. */
  readonly limits?: Partial<ProfileLimits> | undefined
  /** Whether a map may have the same key twice. ENV-10. Default `allow`. */
  readonly duplicateKeys?: 'refuse' | 'allow' | undefined
}

/** The first octet of the forbidden key in its shortest form. */
const FORBIDDEN_FIRST = 0xa0 | FORBIDDEN_KEY.length
/** From this many keys on, a hash table is faster than a look at each of them. */
const MANY_KEYS = 16

/**
 * Checks the octets of a sequence of values and returns how many values they are.
 *
 * Errors: `DecodeError` with the rule that was broken (ENV-1 to ENV-7, ENV-10, ENV-12), what was found
 * and at which octet.
 * Source: ENV-10, ENV-11.
 */
export function scan(bytes: Uint8Array, options: ScanOptions = {}): number {
  return new Scanner(bytes, options).sequence()
}

class Scanner {
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #limits: ProfileLimits
  readonly #keyBytes: number
  /** Where the keys of all open maps of few keys begin and end; undefined where duplicates are allowed. */
  readonly #keys: number[] | undefined
  /** Elements of the frame so far, and how many they may be by the end of this value. */
  #elements = 0
  #most = 0

  constructor(bytes: Uint8Array, { limits, duplicateKeys }: ScanOptions) {
    this.#bytes = bytes
    this.#end = bytes.length
    this.#limits = limits === undefined ? profileLimits : { ...profileLimits, ...limits }
    this.#keyBytes = this.#limits.keyBytes
    this.#keys = duplicateKeys === 'refuse' ? [] : undefined
  }

  sequence(): number {
    if (this.#end === 0) refuse('ENV-1', 'nothing where a value belongs', 0)
    const most = this.#limits.valuesPerFrame
    let count = 0
    for (let at = 0; at < this.#end; count++) {
      if (count === most) refuse('ENV-12', `more than ${most} values in a frame`, at)
      this.#most = Math.min(this.#elements + this.#limits.elements, this.#limits.elementsPerFrame)
      at = this.#items(at, 1, false, 0)
    }
    return count
  }

  /** Checks `count` values, each behind a key if they are those of a map; gives the position behind them. */
  #items(from: number, count: number, keyed: boolean, depth: number): number {
    const bytes = this.#bytes
    let at = from
    for (let i = 0; i < count; i++) {
      if (keyed) at = this.#key(at)
      if (at >= this.#end) refuseEnd(at)
      const first = bytes[at]!
      if (first < 0x80 || first >= 0xe0) at++
      else if (first >= 0xc0) at = this.#wide(first, at, depth)
      else if (first >= 0xa0) at = this.#text(at + 1, first & 0x1f)
      else at = this.#container(at, at + 1, first & 0x0f, first < 0x90, depth)
    }
    return at
  }

  /** A value whose first octet says how its length or its number is written. */
  #wide(first: number, at: number, depth: number): number {
    switch (first) {
      case 0xc0: // nil, false, true
      case 0xc2:
      case 0xc3:
        return at + 1
      case 0xc4: // bin
      case 0xc5:
      case 0xc6:
        return this.#skip(at + 1 + (1 << (first - 0xc4)), this.#length(at, first - 0xc4))
      case 0xc7: // ext of any length
      case 0xc8:
      case 0xc9:
        return this.#extension(at, at + 1 + (1 << (first - 0xc7)), this.#length(at, first - 0xc7))
      case 0xca: // float32, float64
      case 0xcb:
        return this.#skip(at + 1, 4 << (first - 0xca))
      case 0xcc: // uint
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.#skip(at + 1, 1 << (first - 0xcc))
      case 0xd0: // int
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.#skip(at + 1, 1 << (first - 0xd0))
      case 0xd4: // ext of 1, 2, 4, 8, 16 octets
      case 0xd5:
      case 0xd6:
      case 0xd7:
      case 0xd8:
        return this.#extension(at, at + 1, 1 << (first - 0xd4))
      case 0xd9: // str
      case 0xda:
      case 0xdb:
        return this.#text(at + 1 + (1 << (first - 0xd9)), this.#length(at, first - 0xd9))
      case 0xdc: // array
      case 0xdd:
        return this.#container(
          at,
          at + 1 + (2 << (first - 0xdc)),
          this.#length(at, first - 0xdb),
          false,
          depth,
        )
      case 0xde: // map
      case 0xdf:
        return this.#container(
          at,
          at + 1 + (2 << (first - 0xde)),
          this.#length(at, first - 0xdd),
          true,
          depth,
        )
      default:
        return refuse('ENV-7', `the octet 0x${first.toString(16)}, which begins no value`, at)
    }
  }

  /** The length that stands behind the first octet, in 1, 2 or 4 octets for a width of 0, 1 or 2. */
  #length(at: number, width: number): number {
    if (at + 1 + (1 << width) > this.#end) return refuseEnd(this.#end)
    if (width === 0) return this.#bytes[at + 1]!
    return width === 1 ? uint16(this.#bytes, at + 1) : uint32(this.#bytes, at + 1)
  }

  #skip(from: number, octets: number): number {
    const to = from + octets
    return to > this.#end ? refuseEnd(this.#end) : to
  }

  #text(from: number, octets: number): number {
    const to = from + octets
    if (to > this.#end) refuseEnd(this.#end)
    if (octets < 16) {
      const bytes = this.#bytes
      let all = 0
      for (let at = from; at < to; at++) all |= bytes[at]!
      if (all < 0x80) return to
    }
    return this.#longText(from, to)
  }

  #longText(from: number, to: number): number {
    const malformed = malformedAt(this.#bytes, from, to)
    return malformed < 0 ? to : refuse('ENV-5', 'text that is not UTF-8', malformed)
  }

  #container(at: number, from: number, count: number, keyed: boolean, depth: number): number {
    // Each element takes an octet at least: a count that cannot be true is refused before it costs anything.
    if ((keyed ? 2 * count : count) > this.#end - from) refuseEnd(this.#end)
    this.#elements += count
    if (depth >= this.#limits.depth || this.#elements > this.#most)
      refuseContainer(this.#limits, depth, this.#most === this.#limits.elementsPerFrame, at)
    if (keyed && count > 1 && this.#keys !== undefined)
      return this.#uniqueKeys(this.#keys, from, count, depth + 1)
    return this.#items(from, count, keyed, depth + 1)
  }

  #uniqueKeys(keys: number[], first: number, count: number, depth: number): number {
    const table = count > MANY_KEYS ? new KeySet(this.#bytes, count) : undefined
    const own = keys.length
    let position = first
    for (let i = 0; i < count; i++) {
      const to = this.#key(position)
      const from = position + strHeaderBytes(this.#bytes[position]!)
      const isNew = table === undefined ? addKey(this.#bytes, keys, own, from, to) : table.add(from, to)
      if (!isNew) refuse('ENV-10', 'a key that this map has already', position)
      position = this.#items(to, 1, false, depth)
    }
    keys.length = own
    return position
  }

  /** Checks the key that begins at `at`; gives the position behind it. */
  #key(at: number): number {
    const first = at < this.#end ? this.#bytes[at]! : refuseEnd(at)
    const octets = first & 0x1f
    // A short string of another length than the forbidden key's can only be wrong as any text can.
    const short = first >= 0xa0 && first < 0xc0 && first !== FORBIDDEN_FIRST && octets <= this.#keyBytes
    return short ? this.#text(at + 1, octets) : this.#otherKey(first, at)
  }

  #otherKey(first: number, at: number): number {
    if (first < 0xa0 || first > 0xdb || (first > 0xbf && first < 0xd9)) {
      refuse('ENV-4', 'a map key that is not a string', at)
    }
    const octets = first < 0xc0 ? first & 0x1f : this.#length(at, first - 0xd9)
    if (octets > this.#keyBytes) {
      refuse('ENV-4', `a map key of ${octets} octets, more than ${this.#keyBytes}`, at)
    }
    const from = at + strHeaderBytes(first)
    const to = this.#text(from, octets)
    if (isForbiddenKey(this.#bytes, from, to)) refuse('ENV-4', `the map key ${FORBIDDEN_KEY}`, at)
    return to
  }

  #extension(at: number, typeAt: number, octets: number): number {
    if (typeAt >= this.#end) return refuseEnd(typeAt)
    const type = this.#bytes[typeAt]!
    if (type !== 0xff) refuse('ENV-6', `the extension type ${(type << 24) >> 24}; only −1 is allowed`, at)
    if (octets !== 4 && octets !== 8 && octets !== 12) refuse('ENV-6', `a timestamp of ${octets} octets`, at)
    const to = this.#skip(typeAt + 1, octets)
    if (Number.isNaN(readTime(this.#bytes, typeAt + 1, octets))) {
      refuse('ENV-6', 'a timestamp whose nanoseconds or date are out of range', at)
    }
    return to
  }
}

/** Octets of the header of a str that begins with `first`. */
function strHeaderBytes(first: number): number {
  return first < 0xc0 ? 1 : 1 + (1 << (first - 0xd9))
}

/** Adds a key to those of the innermost map, which begin at `own`; false when an equal one is there. */
function addKey(bytes: Uint8Array, keys: number[], own: number, from: number, to: number): boolean {
  for (let i = own; i < keys.length; i += 2)
    if (sameOctets(bytes, keys[i]!, keys[i + 1]!, from, to)) return false
  keys.push(from, to)
  return true
}
