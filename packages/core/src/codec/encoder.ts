/**
 * Values to octets of the interop profile, checked and written in one pass. Hand-written, because a
 * library cannot: msgpackr writes integers beyond 32 bits as floats, pads between values, and refuses
 * next to nothing, so that another pass would have to look at every value before it.
 */
import { isDate, isMap, isUint8Array } from 'node:util/types'
import { EncodeError, StateError } from '../errors.ts'
import { isTransferred, refusal } from './check.ts'
import { LARGEST_BYTES, newChunk, nextChunkBytes } from './chunk.ts'
import type { LayoutStep } from './layout-step.ts'
import type { Layouts } from './layouts.ts'
import { LARGEST_LAYOUT } from './layouts.ts'
import { writeBigint, writeNumber } from './number.ts'
import { putSized, putUint16, putUint32 } from './octets.ts'
import { FORBIDDEN_KEY, profileLimits } from './profile.ts'
import type { SpareChunks } from './spare-chunks.ts'
import { encodedTextBytes, SHORT_TEXT, textRoom, writeShortAscii, writeText } from './text.ts'
import { writeDate } from './timestamp.ts'

/** Room for a short string, and for anything that is neither text nor bytes; looked for ahead of each value and key. */
const SLACK = 64
const { depth: MAX_DEPTH, elements: MAX_ELEMENTS, keyBytes: MAX_KEY_BYTES } = profileLimits
const NOTHING: Buffer = Buffer.alloc(0)
const NO_VIEW: DataView = viewOf(NOTHING)
const OBJECT_PROTOTYPE: unknown = Object.prototype

/** Writes values back to back, into memory that is not written to again once it was taken, unless it is given back. */
export class Encoder {
  #target: Buffer = NOTHING
  readonly #spares: SpareChunks | undefined
  readonly #layouts: Layouts | undefined
  #view: DataView = NO_VIEW
  /** Where what was not yet taken begins. */
  #start = 0
  #position = 0
  /** The usual chunk, while a large value has one of its own, and where it goes on in it. */
  #usual: Buffer | undefined
  #usualStart = 0
  /** The last position at which `SLACK` octets fit. */
  #limit = -1
  #elements = 0
  #busy = false
  readonly #largest: number

  /**
   * `largest` is how many octets one value may take; `spares` is where large chunks come from first, and go when they
   * are given back; `layouts` is what is known of the objects that were encoded before, and may be left out where few are.
   */
  constructor(largest: number = Infinity, spares?: SpareChunks, layouts?: Layouts) {
    this.#largest = largest
    this.#spares = spares
    this.#layouts = layouts
  }

  /** Octets written and not yet taken. */
  get bytes(): number {
    return this.#position - this.#start
  }

  /** True while a value is being written: a getter of that value is running. */
  get busy(): boolean {
    return this.#busy
  }

  /** Appends one value. Throws `EncodeError`, and then nothing was written. */
  append(value: unknown): void {
    if (this.#busy) throw new StateError('a getter of a value that is being encoded encoded another one')
    const before = this.bytes
    this.#busy = true
    this.#elements = 0
    try {
      this.#position = this.#write(value, this.#position, 0)
    } catch (error) {
      this.#position = this.#start + before
      throw refusal(value, error)
    } finally {
      this.#busy = false
    }
    if (this.bytes - before > this.#largest) this.#refuseSize(before)
  }

  /** Appends octets that were encoded before. */
  put(octets: Uint8Array): void {
    const room = octets.length + SLACK
    if (this.#position + room > this.#target.length) this.#grow(room)
    this.#target.set(octets, this.#position)
    this.#position += octets.length
  }

  /** What was written since the last take, without a copy. */
  take(): Uint8Array {
    const taken = this.#target.subarray(this.#start, this.#position)
    this.#start = this.#position
    // What is in a large chunk shares it with nothing, so that all of it can be given back.
    if (this.#target.length > LARGEST_BYTES) this.#leave()
    return taken
  }

  /** Takes back what was taken and is not read any more by anybody; small pieces are left to the garbage collector. */
  give(taken: Uint8Array): void {
    const { buffer } = taken
    if (buffer.byteLength > LARGEST_BYTES) this.#spares?.give(Buffer.from(buffer))
  }

  #refuseSize(before: number): never {
    const octets = this.bytes - before
    this.#position = this.#start + before
    throw new EncodeError(
      '$',
      `cannot send a message of ${octets} bytes; allowed: at most ${this.#largest} (limits.maxMessageBytes, on both sides)`,
    )
  }

  /** Writes a value at a position, and returns the one behind it, as all that follow do. */
  #write(value: unknown, position: number, depth: number): number {
    const at = position > this.#limit ? this.#makeRoom(position, SLACK) : position
    // One comparison each: a switch would ask for the name of the type.
    if (typeof value === 'string') return this.#text(value, at)
    if (typeof value === 'number') return writeNumber(this.#target, this.#view, at, value)
    if (typeof value === 'object' && value !== null) {
      if (Array.isArray(value)) return this.#array(value, at, depth)
      if (Object.getPrototypeOf(value) === OBJECT_PROTOTYPE) return this.#properties(value, at, depth)
      return this.#instance(value, at, depth)
    }
    if (typeof value === 'bigint') return writeBigint(this.#target, this.#view, at, value)
    this.#target[at] = octetOf(value)
    return at + 1
  }

  #text(text: string, at: number): number {
    return (text.length < SHORT_TEXT && writeShortAscii(this.#target, at, text)) || this.#anyText(text, at)
  }

  #anyText(text: string, position: number): number {
    const room = textRoom(text)
    const at = position + room > this.#target.length ? this.#makeRoom(position, room) : position
    return writeText(this.#target, at, text)
  }

  #key(key: string, position: number): number {
    if (key === FORBIDDEN_KEY) throw new TypeError('a forbidden key')
    // A character takes three octets at most: only a long key is worth measuring.
    if (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES)
      throw new TypeError('a long key')
    return this.#text(key, position > this.#limit ? this.#makeRoom(position, SLACK) : position)
  }

  #array(array: readonly unknown[], position: number, depth: number): number {
    const length = array.length
    let at = this.#header(length, 0x90, 0xdc, position, depth)
    for (let i = 0; i < length; i++) at = this.#write(array[i], at, depth + 1)
    if (array.length !== length) throw new TypeError('an array that changes while it is read')
    return at
  }

  /** Own enumerable properties with string keys; `for…in` because it costs a third less than `Object.keys`. */
  #properties(object: object, position: number, depth: number): number {
    let count = 0
    for (const key in object) if (Object.prototype.hasOwnProperty.call(object, key)) count++
    let at = this.#header(count, 0x80, 0xde, position, depth)
    let step = count > LARGEST_LAYOUT ? undefined : this.#layouts?.begin(count)
    for (const key in object) {
      if (!Object.prototype.hasOwnProperty.call(object, key)) continue
      count--
      const next = step?.named(key)
      if (next !== undefined) {
        if (at > this.#limit) at = this.#makeRoom(at, SLACK)
        at = next.write(this.#target, this.#view, at)
        step = next
      } else {
        const behind = this.#key(key, at)
        step = step && this.#learned(step, key, behind)
        at = behind
      }
      at = this.#write((object as Record<string, unknown>)[key], at, depth + 1)
    }
    if (count !== 0) throw new TypeError('an object that changes while it is read')
    return at
  }

  /** Remembers a key that was just written up to a position, unless it is long. */
  #learned(step: LayoutStep, key: string, to: number): LayoutStep | undefined {
    const octets = encodedTextBytes(key)
    if (octets > SLACK) return undefined
    return this.#layouts?.learn(step, key, this.#target.subarray(to - octets, to))
  }

  #entries(map: ReadonlyMap<unknown, unknown>, position: number, depth: number): number {
    let count = map.size
    let at = this.#header(count, 0x80, 0xde, position, depth)
    for (const [key, value] of map) {
      if (typeof key !== 'string') throw new TypeError('a key that is not a string')
      count--
      at = this.#write(value, this.#key(key, at), depth + 1)
    }
    if (count !== 0) throw new TypeError('a Map that changes while it is read')
    return at
  }

  /** Objects that are not plain: bytes, dates and string-keyed Maps have a form; of a class's instance its properties travel. */
  #instance(value: object, at: number, depth: number): number {
    if (isUint8Array(value)) return this.#bytes(value, at)
    if (isDate(value)) return writeDate(this.#target, at, value)
    if (isMap(value)) return this.#entries(value, at, depth)
    // What names itself otherwise (Set, Error, Promise, URL, DataView, …) has state that its properties do not show.
    if (Object.prototype.toString.call(value) !== '[object Object]')
      throw new TypeError('an object with inner state')
    return this.#properties(value, at, depth)
  }

  #header(count: number, fix: number, wide: number, at: number, depth: number): number {
    if (depth >= MAX_DEPTH) throw new TypeError('too deep')
    if ((this.#elements += count) > MAX_ELEMENTS) throw new TypeError('too many elements')
    const target = this.#target
    if (count < 16) {
      target[at] = fix | count
      return at + 1
    }
    if (count < 0x1_0000) {
      target[at] = wide
      putUint16(target, at + 1, count)
      return at + 3
    }
    target[at] = wide + 1
    putUint32(target, at + 1, count)
    return at + 5
  }

  #bytes(bytes: Uint8Array, position: number): number {
    const length = bytes.length
    if (isTransferred(bytes)) throw new TypeError('bytes that were transferred')
    const room = length + SLACK
    const at = position + room > this.#target.length ? this.#makeRoom(position, room) : position
    const from = putSized(this.#target, at, 0xc4, length)
    this.#target.set(bytes, from)
    return from + length
  }

  /** Sees to it that so many octets fit at a position, and returns where it is now. */
  #makeRoom(position: number, room: number): number {
    this.#position = position
    this.#grow(room)
    return this.#position
  }

  /** Leaves a large chunk, and goes on in the one before it. */
  #leave(): void {
    this.#target = this.#usual ?? NOTHING
    this.#view = viewOf(this.#target)
    this.#usual = undefined
    this.#start = this.#usualStart
    this.#position = this.#usualStart
    this.#limit = this.#target.length - SLACK
  }

  /** Moves what was not yet taken to a chunk with `room` to spare; what was taken stays where it is. */
  #grow(room: number): void {
    const kept = this.bytes
    const bytes = nextChunkBytes(this.#target.length, kept, room)
    const isLarge = bytes > LARGEST_BYTES
    const chunk = (isLarge ? this.#spares?.take(bytes) : undefined) ?? newChunk(bytes)
    if (isLarge && this.#target.length <= LARGEST_BYTES) {
      this.#usual = this.#target
      this.#usualStart = this.#start
    }
    this.#target.copy(chunk, 0, this.#start, this.#position)
    this.#target = chunk
    this.#view = viewOf(chunk)
    this.#start = 0
    this.#position = kept
    this.#limit = chunk.length - SLACK
  }
}

function viewOf({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length)
}

/** What has no more to it than its type. */
function octetOf(value: unknown): number {
  if (typeof value === 'boolean') return value ? 0xc3 : 0xc2
  if (value === null || value === undefined) return 0xc0
  throw new TypeError(`a ${typeof value}`)
}
