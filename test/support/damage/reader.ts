/** A second reader of the interop profile, written from docs/protocol.md alone and for clarity: what others are judged by. */

/** A value as it came. Integers are bigint, so that they are not taken for floats. */
export type Value =
  | null
  | boolean
  | bigint
  | string
  | { readonly float: number }
  | { readonly bin: Buffer }
  | { readonly time: Buffer }
  | readonly Value[]
  | ReadonlyMap<string, Value>

/** What breaks an envelope rule. */
export class Broken extends Error {}

const maxDepth = 64
const maxElements = 65_536
const maxFrameElements = 4_194_304
const maxValues = 65_536
const maxKeyOctets = 256
const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

class Reader {
  readonly #frame: Buffer
  readonly #unique: boolean
  at = 0
  elements = 0

  constructor(frame: Buffer, unique: boolean) {
    this.#frame = frame
    this.#unique = unique
  }

  value(depth: number): Value {
    const first = this.take(1).readUInt8()
    if (first < 0x80) return BigInt(first)
    if (first < 0x90) return this.#map(first & 15, depth)
    if (first < 0xa0) return this.#array(first & 15, depth)
    if (first < 0xc0) return this.#text(first & 31)
    if (first >= 0xe0) return BigInt(first - 256)
    return this.#wide(first, depth)
  }

  take(octets: number): Buffer {
    if (this.at + octets > this.#frame.length) throw new Broken('the frame ends')
    this.at += octets
    return this.#frame.subarray(this.at - octets, this.at)
  }

  #wide(first: number, depth: number): Value {
    const uint = (octets: number): number => this.take(octets).readUIntBE(0, octets)
    if (first === 0xc0) return null
    if (first === 0xc2 || first === 0xc3) return first === 0xc3
    if (first >= 0xc4 && first <= 0xc6) return { bin: this.take(uint(1 << (first - 0xc4))) }
    if (first >= 0xc7 && first <= 0xc9) return this.#time(uint(1 << (first - 0xc7)))
    if (first === 0xca) return { float: this.take(4).readFloatBE() }
    if (first === 0xcb) return { float: this.take(8).readDoubleBE() }
    if (first >= 0xcc && first <= 0xce) return BigInt(uint(1 << (first - 0xcc)))
    if (first === 0xcf) return this.take(8).readBigUInt64BE()
    if (first >= 0xd0 && first <= 0xd2)
      return BigInt(this.take(1 << (first - 0xd0)).readIntBE(0, 1 << (first - 0xd0)))
    if (first === 0xd3) return this.take(8).readBigInt64BE()
    if (first >= 0xd4 && first <= 0xd8) return this.#time(1 << (first - 0xd4))
    if (first >= 0xd9 && first <= 0xdb) return this.#text(uint(1 << (first - 0xd9)))
    if (first === 0xdc || first === 0xdd) return this.#array(uint(2 << (first - 0xdc)), depth)
    if (first === 0xde || first === 0xdf) return this.#map(uint(2 << (first - 0xde)), depth)
    throw new Broken('C1')
  }

  #text(octets: number): string {
    try {
      return utf8.decode(this.take(octets))
    } catch {
      throw new Broken('not UTF-8, or cut off')
    }
  }

  #time(octets: number): Value {
    const type = this.take(1).readInt8()
    if (type !== -1 || ![4, 8, 12].includes(octets)) throw new Broken('no timestamp')
    const time = this.take(octets)
    const first = octets === 4 ? 0 : time.readUInt32BE()
    const nanoseconds = octets === 8 ? first >>> 2 : first
    const seconds = octets === 12 ? time.readBigInt64BE(4) : 0n
    const beyond = seconds < 0n ? -seconds : seconds
    const most = 8_640_000_000_000n
    if (nanoseconds >= 1e9 || beyond > most) throw new Broken('a time out of range')
    if (seconds === most && nanoseconds >= 1_000_000) throw new Broken('a time out of range')
    return { time }
  }

  #array(count: number, depth: number): Value[] {
    this.#enter(count, depth)
    return Array.from({ length: count }, () => this.value(depth + 1))
  }

  #map(count: number, depth: number): Map<string, Value> {
    this.#enter(count, depth)
    const map = new Map<string, Value>()
    for (let i = 0; i < count; i++) {
      const from = this.at
      const key = this.value(depth + 1)
      if (typeof key !== 'string' || key === '__proto__') throw new Broken('a key')
      if (Buffer.byteLength(key) > maxKeyOctets || this.at - from > maxKeyOctets + 5)
        throw new Broken('a long key')
      if (this.#unique && map.has(key)) throw new Broken('a key twice')
      map.set(key, this.value(depth + 1))
    }
    return map
  }

  #enter(count: number, depth: number): void {
    this.elements += count
    if (depth >= maxDepth || this.elements > maxElements) throw new Broken('too deep or too large')
    if (count > this.#frame.length - this.at) throw new Broken('a count beyond the frame')
  }
}

/** What was read before: a hostile vector is judged in many places, and some take long. */
const known = [new WeakMap<Buffer, Value[] | Broken>(), new WeakMap<Buffer, Value[] | Broken>()] as const

/** The values of a payload, args or headers frame; throws `Broken` for one that is to be refused. */
export function read(frame: Buffer, unique: boolean): Value[] {
  const memory = known[unique ? 1 : 0]
  const values = memory.get(frame) ?? attempt(frame, unique)
  memory.set(frame, values)
  if (values instanceof Broken) throw values
  return values
}

function attempt(frame: Buffer, unique: boolean): Value[] | Broken {
  try {
    return readAll(frame, unique)
  } catch (error) {
    if (error instanceof Broken) return error
    throw error
  }
}

function readAll(frame: Buffer, unique: boolean): Value[] {
  const values: Value[] = []
  const reader = new Reader(frame, unique)
  let elements = 0
  do {
    reader.elements = 0
    values.push(reader.value(0))
    elements += reader.elements
    if (values.length > maxValues || elements > maxFrameElements) throw new Broken('too much in one frame')
  } while (reader.at < frame.length)
  return values
}

/** The value of an args frame. */
export function readOne(frame: Buffer): Value {
  const [value, ...more] = read(frame, true)
  if (value === undefined || more.length > 0) throw new Broken('not exactly one value')
  return value
}

/** Throws `Broken` unless a headers frame fits `count` messages. */
export function readHeaders(frame: Buffer, count: number): void {
  const values = read(frame, true)
  if (values.length !== count || values.some((value) => value !== null && !(value instanceof Map)))
    throw new Broken('headers that do not fit')
}
