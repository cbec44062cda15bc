/** Headers: what travels beside each message of a payload, in a frame of its own. */
import { decodeSequence } from '../codec/codec.ts'
import { Encoder } from '../codec/encoder.ts'
import { DecodeError } from '../errors.ts'

/** What travels beside a message: W3C trace context, `deadline`, `attempt`, `id` and the user's own. */
export type Headers = Readonly<Record<string, unknown>>

/**
 * Encodes the headers of a batch as a headers frame, or gives undefined when no message has any.
 *
 * Frames: a sequence of maps or nil, one for each message in order.
 * Errors: `EncodeError` for what the interop profile cannot carry.
 * Source: ENV-9.
 */
export function encodeHeaders(headers: readonly (Headers | undefined)[]): Uint8Array | undefined {
  if (headers.every((one) => one === undefined)) return undefined
  const encoder = new Encoder()
  for (const one of headers) encoder.append(one)
  return encoder.take()
}

/**
 * Decodes a headers frame that came beside `count` messages.
 *
 * Errors: `DecodeError` for a count that differs (ENV-9), for what is neither a map nor nil (ENV-9),
 * and for everything that a payload is refused for; duplicate keys always (ENV-10).
 */
export function decodeHeaders(frame: Uint8Array, count: number): readonly (Headers | undefined)[] {
  const values = decodeSequence(frame, { duplicateKeys: 'refuse' })
  if (values.length !== count) {
    throw new DecodeError('ENV-9', `${values.length} headers beside ${count} messages`)
  }
  return values.map((value, index) => {
    if (value === null) return undefined
    if (isMap(value)) return value
    throw new DecodeError('ENV-9', `the headers of message ${index} are neither a map nor nil`)
  })
}

function isMap(value: unknown): value is Headers {
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}
