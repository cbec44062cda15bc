/** The envelope `[command, args, …]`: which frames stand ahead of a payload, and what they say. */
import { decodeStrict, encode } from '../codec/codec.ts'
import { DecodeError } from '../errors.ts'

/** The longest command, in octets. ENV-13. */
const MAX_COMMAND_BYTES = 32

/** The frame that names a command, such as `DATA`; made once and sent as often as one likes. */
export function commandFrame(command: string): Uint8Array {
  return Buffer.from(command, 'latin1')
}

/**
 * The command that a frame names.
 *
 * Frames: 1 to 32 octets of visible ASCII; whether the command exists is for the pattern to say.
 * Errors: `DecodeError` for anything else (ENV-13).
 */
export function commandOf(frame: Uint8Array | undefined): string {
  if (frame === undefined || frame.length === 0) throw new DecodeError('ENV-13', 'no command')
  if (frame.length > MAX_COMMAND_BYTES) {
    throw new DecodeError('ENV-13', `a command of ${frame.length} octets, more than ${MAX_COMMAND_BYTES}`)
  }
  for (const octet of frame) {
    if (octet <= 0x20 || octet >= 0x7f) throw new DecodeError('ENV-13', 'a command that is not visible ASCII')
  }
  return String.fromCharCode(...frame)
}

/** Encodes a command's arguments: one value. Throws `EncodeError`. */
export function argsFrame(args: unknown): Uint8Array {
  return encode(args)
}

/**
 * Decodes a command's arguments.
 *
 * Errors: `DecodeError` for a frame that is missing, that is not exactly one value (ENV-1), or that the
 * interop profile refuses; duplicate keys always (ENV-10).
 */
export function argsOf(frame: Uint8Array | undefined): unknown {
  if (frame === undefined) throw new DecodeError('ENV-1', 'no arguments frame')
  return decodeStrict(frame)
}
