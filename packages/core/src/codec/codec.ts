/** The codec's face: values of the interop profile to octets and back. */
import { DecodeError } from '../errors.ts'
import { Decoder } from './decoder.ts'
import { Encoder } from './encoder.ts'
import { scan } from './scan.ts'
import { readScanned } from './scanned.ts'

/** How much is asked of octets before they become values. */
export interface DecodeOptions {
  /**
   * True for octets of a process that this run started: it is not asked whether text is UTF-8, nor whether
   * keys are unique. Default false.
   */
  readonly trusted?: boolean | undefined
  /** What a map with the same key twice gets: `allow` takes the last. Default `allow`. ENV-10. */
  readonly duplicateKeys?: 'refuse' | 'allow' | undefined
}

/**
 * Encodes one value as msgpack of the interop profile.
 *
 * What travels: nil (null and undefined), booleans, numbers, bigints of 64 bits, strings, Uint8Array and
 * Buffer as bytes, Date, arrays, Maps with string keys, and the own enumerable properties of any other
 * object, a class's instance included; its `toJSON` is not called, and symbol keys stay behind. Integers
 * leave in their shortest form; −0 and whole numbers beyond ±2^53 leave as float64.
 * Errors: `EncodeError` with the path to the first part that has no form in the profile: functions, symbols,
 * cycles, invalid dates, lone surrogates, `__proto__` and keys of more than 256 octets, more than 64 levels
 * or 65 536 elements, and objects with inner state such as Set, Error, DataView or Float64Array.
 * Source: ENV-2 to ENV-8.
 *
 * @example
 * import { decode, encode } from '@sluice/core'
 *
 * const octets = encode({ dish: 'salad', at: new Date(0) })
 * const copy = decode(octets) // { dish: 'salad', at: new Date(0) }
 */
export function encode(value: unknown): Uint8Array {
  const encoder = new Encoder()
  encoder.append(value)
  return encoder.take()
}

/**
 * Decodes octets that are exactly one value.
 *
 * What arrives: plain objects, arrays, strings, booleans, null, Dates, Uint8Array, and numbers; integers
 * beyond ±2^53 as bigint. Bytes that fill half of `bytes` or more are a view of it and keep it alive, and
 * are not to be written to; smaller ones are copies, of which those up to 1 KiB share 8 KiB of memory that cannot
 * be transferred.
 * Errors: `DecodeError` with the rule that was broken, what was found and at which octet; nothing else.
 * Source: ENV-1 to ENV-8, ENV-12.
 */
export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  const values = isStrict(options) ? readingStrictly(bytes, 1) : undefined
  // More than one value is for the decoder to refuse, which knows where the second begins.
  return values?.length === 1 ? values[0] : readValues(decoderOf(options), bytes, 0, 1)[0]
}

/** Decodes octets that are one or more values, back to back; everything else is as with `decode`. */
export function decodeSequence(bytes: Uint8Array, options: DecodeOptions = {}): unknown[] {
  return isStrict(options) ? readingStrictly(bytes) : readValues(decoderOf(options), bytes)
}

/** Reads one or more values of a frame, from an octet on. Throws `DecodeError`. */
export function readValues(decoder: Decoder, bytes: Uint8Array, from?: number, most?: number): unknown[] {
  try {
    return decoder.values(bytes, from, most)
  } catch (error) {
    throw asDecodeError(error)
  }
}

/** Decodes one value in which no map may have the same key twice, as arguments of commands are. ENV-10. */
export function decodeStrict(bytes: Uint8Array): unknown {
  const decoder = decoderOf({})
  const [value] = readValues(decoder, bytes, 0, 1)
  // Most arguments have no map, and so no key that could come twice.
  return decoder.hasMaps ? decode(bytes, { duplicateKeys: 'refuse' }) : value
}

/** What a process of this run sends has no key twice: it was written by this codec. */
function isStrict({ trusted, duplicateKeys }: DecodeOptions): boolean {
  return duplicateKeys === 'refuse' && trusted !== true
}

function decoderOf({ trusted }: DecodeOptions): Decoder {
  return new Decoder(trusted === true)
}

/** Scans first, as only the scan looks for keys that come twice, and has msgpackr read what it let through, unless it is more than `most` values. */
function readingStrictly(bytes: Uint8Array): unknown[]
function readingStrictly(bytes: Uint8Array, most: number): unknown[] | undefined
function readingStrictly(bytes: Uint8Array, most = Infinity): unknown[] | undefined {
  try {
    if (scan(bytes, { duplicateKeys: 'refuse' }) > most) return undefined
    return hasWideTime(bytes) ? new Decoder(true).values(bytes) : readScanned(bytes)
  } catch (error) {
    throw asDecodeError(error)
  }
}

/** What stands ahead of a timestamp of twelve octets, however its length is written. */
const wideTime: Uint8Array = Uint8Array.of(12, 0xff)

/** Ahead of 1970 msgpackr rounds what is finer than a millisecond towards 1970, where payloads have it cut off (ENV-14). */
function hasWideTime(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(wideTime)
}

/** A string longer than the engine allows, or an Object.prototype that was frozen: no peer's doing, but still only this frame's end. */
function asDecodeError(error: unknown): DecodeError {
  if (error instanceof DecodeError) return error
  return new DecodeError('ENV-7', 'values that this process cannot hold', { cause: error })
}
