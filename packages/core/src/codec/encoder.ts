/**
 * Values to octets of the interop profile, checked and written in one pass. Hand-written, because a
 * library cannot: msgpackr writes integers beyond 32 bits as floats, pads between values, and refuses
 * next to nothing, so that another pass would have to look at every value before it.
 */
import { types } from 'node:util'
import { EncodeError, StateError } from '../errors.ts'
import { isTransferred, refusal } from './check.ts'
import { LARGEST_BYTES, newChunk, nextChunkBytes } from './chunk.ts'
import { writeBigint, writeInteger } from './number.ts'
import { putUint16, putUint32 } from './octets.ts'
import { FORBIDDEN_KEY, profileLimits } from './profile.ts'
import type { SpareChunks } from './spare-chunks.ts'
import { SHORT_TEXT, textRoom, writeText } from './text.ts'
import { writeDate } from './timestamp.ts'

/** Room for a short string, and for anything that is neither text nor bytes; looked for ahead of each value and key. */
const SLACK = 64
const { depth: MAX_DEPTH, elements: MAX_ELEMENTS, keyBytes: MAX_KEY_BYTES } = profileLimits
const NOTHING: Buffer = Buffer.alloc(0)
const OBJECT_PROTOTYPE: unknown = Object.prototype

/** Writes values back to back, into memory that is not written to again once it was taken, unless it is given back. */
export class Encoder {
  #target: Buffer = NOTHING
  readonly #spares: SpareChunks | undefined
  /** Of the target, made when the first float needs it. */
  #view: DataView | undefined
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

  /** `largest` is how many octets one value may take; `spares` is where large chunks come from first, and go when they are given back. */
  constructor(largest: number = Infinity, spares?: SpareChunks) {
    this.#largest = largest
    this.#spares = spares
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
      this.#write(value, 0)
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

  #write(value: unknown, depth: number): void {
    if (this.#position > this.#limit) this.#grow(SLACK)
    switch (typeof value) {
      case 'string':
        return this.#text(value)
      case 'number':
        return this.#number(value)
      case 'boolean':
        this.#target[this.#position++] = value ? 0xc3 : 0xc2
        return
      case 'object':
        if (value === null) break
        if (Array.isArray(value)) return this.#array(value, depth)
        if (Object.getPrototypeOf(value) === OBJECT_PROTOTYPE) return this.#properties(value, depth)
        return this.#instance(value, depth)
      case 'undefined':
        break
      case 'bigint':
        this.#position = writeBigint(this.#target, this.#position, value)
        return
      default:
        throw new TypeError(`a ${typeof value}`)
    }
    this.#target[this.#position++] = 0xc0
  }

  #number(value: number): void {
    const end = writeInteger(this.#target, this.#position, value)
    if (end === 0) this.#float(value)
    else this.#position = end
  }

  /** Every NaN leaves as the one NaN: its other bits could differ between two machines. */
  #float(value: number): void {
    const { buffer, byteOffset, length } = this.#target
    this.#view ??= new DataView(buffer, byteOffset, length)
    this.#target[this.#position] = 0xcb
    this.#view.setFloat64(this.#position + 1, Number.isNaN(value) ? Number.NaN : value)
    this.#position += 9
  }

  /** Most strings are short and ASCII: they are written here, character by character. */
  #text(text: string): void {
    const length = text.length
    if (length >= SHORT_TEXT) return this.#anyText(text)
    const target = this.#target
    let at = this.#position + 1
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) return this.#anyText(text)
      target[at++] = unit
    }
    target[this.#position] = 0xa0 | length
    this.#position = at
  }

  #anyText(text: string): void {
    const room = textRoom(text)
    if (this.#position + room > this.#target.length) this.#grow(room)
    this.#position = writeText(this.#target, this.#position, text)
  }

  #key(key: string): void {
    if (key === FORBIDDEN_KEY) throw new TypeError('a forbidden key')
    // A character takes three octets at most: only a long key is worth measuring.
    if (key.length > MAX_KEY_BYTES / 3 && Buffer.byteLength(key) > MAX_KEY_BYTES)
      throw new TypeError('a long key')
    if (this.#position > this.#limit) this.#grow(SLACK)
    this.#text(key)
  }

  #array(array: readonly unknown[], depth: number): void {
    const length = array.length
    this.#header(length, 0x90, 0xdc, depth)
    for (let i = 0; i < length; i++) this.#write(array[i], depth + 1)
    if (array.length !== length) throw new TypeError('an array that changes while it is read')
  }

  /** Own enumerable properties with string keys; `for…in` because it costs a third less than `Object.keys`. */
  #properties(object: object, depth: number): void {
    let count = 0
    for (const key in object) if (Object.prototype.hasOwnProperty.call(object, key)) count++
    this.#header(count, 0x80, 0xde, depth)
    for (const key in object) {
      if (!Object.prototype.hasOwnProperty.call(object, key)) continue
      count--
      this.#key(key)
      this.#write((object as Record<string, unknown>)[key], depth + 1)
    }
    if (count !== 0) throw new TypeError('an object that changes while it is read')
  }

  #entries(map: ReadonlyMap<unknown, unknown>, depth: number): void {
    let count = map.size
    this.#header(count, 0x80, 0xde, depth)
    for (const [key, value] of map) {
      if (typeof key !== 'string') throw new TypeError('a key that is not a string')
      count--
      this.#key(key)
      this.#write(value, depth + 1)
    }
    if (count !== 0) throw new TypeError('a Map that changes while it is read')
  }

  /** Objects that are not plain: bytes, dates and string-keyed Maps have a form; of a class's instance its properties travel. */
  #instance(value: object, depth: number): void {
    if (types.isUint8Array(value)) return this.#bytes(value)
    if (types.isDate(value)) {
      this.#position = writeDate(this.#target, this.#position, value)
      return
    }
    if (types.isMap(value)) return this.#entries(value, depth)
    // What names itself otherwise (Set, Error, Promise, URL, DataView, …) has state that its properties do not show.
    if (Object.prototype.toString.call(value) !== '[object Object]')
      throw new TypeError('an object with inner state')
    this.#properties(value, depth)
  }

  #header(count: number, fix: number, wide: number, depth: number): void {
    if (depth >= MAX_DEPTH) throw new TypeError('too deep')
    if ((this.#elements += count) > MAX_ELEMENTS) throw new TypeError('too many elements')
    if (count < 16) this.#target[this.#position++] = fix | count
    else {
      this.#target[this.#position++] = count < 0x1_0000 ? wide : wide + 1
      if (count >= 0x1_0000) {
        this.#target[this.#position++] = 0
        this.#target[this.#position++] = count >> 16
      }
      this.#target[this.#position++] = count >> 8
      this.#target[this.#position++] = count
    }
  }

  #bytes(bytes: Uint8Array): void {
    const length = bytes.length
    if (isTransferred(bytes)) throw new TypeError('bytes that were transferred')
    if (this.#position + length + SLACK > this.#target.length) this.#grow(length + SLACK)
    if (length < 0x100) {
      this.#target[this.#position++] = 0xc4
      this.#target[this.#position++] = length
    } else if (length < 0x1_0000) {
      this.#target[this.#position++] = 0xc5
      putUint16(this.#target, this.#position, length)
      this.#position += 2
    } else {
      this.#target[this.#position++] = 0xc6
      putUint32(this.#target, this.#position, length)
      this.#position += 4
    }
    this.#target.set(bytes, this.#position)
    this.#position += length
  }

  /** Leaves a large chunk, and goes on in the one before it. */
  #leave(): void {
    this.#target = this.#usual ?? NOTHING
    this.#usual = undefined
    this.#view = undefined
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
    this.#view = undefined
    this.#start = 0
    this.#position = kept
    this.#limit = chunk.length - SLACK
  }
}
