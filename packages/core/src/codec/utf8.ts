/** UTF-8 as RFC 3629 has it: no overlong form, no surrogate, nothing beyond U+10FFFF. ENV-5. */
import { isUtf8 } from 'node:buffer'

/** From this many octets on, a call into Node is faster than a loop here. */
const LONG_TEXT = 256

/** Where the octets from `from` to `to` (excluded) stop being UTF-8, or −1 if they are UTF-8 throughout. */
export function malformedAt(bytes: Uint8Array, from: number, to: number): number {
  if (to - from >= LONG_TEXT && isUtf8(bytes.subarray(from, to))) return -1
  let at = from
  while (at < to) {
    at = skipAscii(bytes, at, to)
    if (at === to) return -1
    const length = sequenceLength(bytes, at, to)
    if (length === 0) return at
    at += length
  }
  return -1
}

/** The first position from `from` on whose octet is not ASCII, or `to`. */
function skipAscii(bytes: Uint8Array, from: number, to: number): number {
  let at = from
  const last = to - 8
  while (
    at <= last &&
    (bytes[at]! |
      bytes[at + 1]! |
      bytes[at + 2]! |
      bytes[at + 3]! |
      bytes[at + 4]! |
      bytes[at + 5]! |
      bytes[at + 6]! |
      bytes[at + 7]!) <
      0x80
  ) {
    at += 8
  }
  while (at < to && bytes[at]! < 0x80) at++
  return at
}

/** Octets of the one character that begins at `at` with an octet beyond ASCII, or 0 if it is none. */
function sequenceLength(bytes: Uint8Array, at: number, to: number): number {
  const lead = bytes[at]!
  const length = octetsBehind(lead) + 1
  if (length === 1 || at + length > to) return 0
  const second = bytes[at + 1]!
  if (second < lowestSecond(lead) || second > highestSecond(lead)) return 0
  for (let i = 2; i < length; i++) if ((bytes[at + i]! & 0xc0) !== 0x80) return 0
  return length
}

/** How many octets follow this first one; none where it begins no character. */
function octetsBehind(lead: number): number {
  if (lead < 0xc2 || lead > 0xf4) return 0
  if (lead < 0xe0) return 1
  return lead < 0xf0 ? 2 : 3
}

/** Lower ones would write a character in more octets than it needs. */
function lowestSecond(lead: number): number {
  if (lead === 0xe0) return 0xa0
  return lead === 0xf0 ? 0x90 : 0x80
}

/** Higher ones would be surrogates, or lie beyond U+10FFFF. */
function highestSecond(lead: number): number {
  if (lead === 0xed) return 0x9f
  return lead === 0xf4 ? 0x8f : 0xbf
}
