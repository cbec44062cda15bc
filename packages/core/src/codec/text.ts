/** Strings as UTF-8, in the direction of the wire. */
import { putSized } from './octets.ts'

/** Below this many characters a loop here is faster than a call into Node. */
export const SHORT_TEXT = 16

/**
 * Writes a text of fewer than `SHORT_TEXT` characters, as most are, one by one, and returns the position behind it; zero
 * where one of them is not ASCII.
 */
export function writeShortAscii(target: Uint8Array, position: number, text: string): number {
  const length = text.length
  let at = position + 1
  for (let i = 0; i < length; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0x80) return 0
    target[at++] = unit
  }
  target[position] = 0xa0 | length
  return at
}

/** The most octets that `writeText` touches, beginning with the header. */
export function textRoom(text: string): number {
  return text.length > 1024 ? Buffer.byteLength(text) + 5 : text.length * 3 + 5
}

/**
 * Writes a str header and the text, and returns the position behind it. The caller has made room.
 * The header's size is guessed from the characters, and put right if the octets turn out to need a
 * larger one. Throws a TypeError for a lone surrogate.
 */
export function writeText(target: Buffer, at: number, text: string): number {
  const characters = text.length
  const guess = headerBytes(characters)
  const from = at + guess
  let end: number
  if (characters < SHORT_TEXT) {
    end = writeShort(target, from, text)
  } else {
    if (!text.isWellFormed()) throw new TypeError('a lone surrogate')
    end = from + target.write(text, from, 'utf8')
  }
  const octets = end - from
  if (octets < 32) {
    target[at] = 0xa0 | octets
    return end
  }
  return writeWideHeader(target, at, octets, guess)
}

/** The octets that a text takes, its header included. */
export function encodedTextBytes(text: string): number {
  const octets = Buffer.byteLength(text)
  return headerBytes(octets) + octets
}

function headerBytes(octets: number): number {
  if (octets < 32) return 1
  if (octets < 0x100) return 2
  return octets < 0x1_0000 ? 3 : 5
}

function writeWideHeader(target: Buffer, at: number, octets: number, guess: number): number {
  const header = headerBytes(octets)
  if (header !== guess) target.copyWithin(at + header, at + guess, at + guess + octets)
  return putSized(target, at, 0xd9, octets) + octets
}

function writeShort(target: Buffer, from: number, text: string): number {
  let at = from
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i)
    if (unit < 0x80) target[at++] = unit
    else if (unit < 0x800) {
      target[at++] = 0xc0 | (unit >> 6)
      target[at++] = 0x80 | (unit & 0x3f)
    } else if (unit < 0xd800 || unit > 0xdfff) {
      target[at++] = 0xe0 | (unit >> 12)
      target[at++] = 0x80 | ((unit >> 6) & 0x3f)
      target[at++] = 0x80 | (unit & 0x3f)
    } else {
      const low = text.charCodeAt(++i)
      if (unit > 0xdbff || !(low >= 0xdc00 && low <= 0xdfff)) throw new TypeError('a lone surrogate')
      const point = 0x1_0000 + ((unit & 0x3ff) << 10) + (low & 0x3ff)
      target[at++] = 0xf0 | (point >> 18)
      target[at++] = 0x80 | ((point >> 12) & 0x3f)
      target[at++] = 0x80 | ((point >> 6) & 0x3f)
      target[at++] = 0x80 | (point & 0x3f)
    }
  }
  return at
}
