/** Dates: extension −1 in its three lengths, both ways. ENV-6. */

import { putInt64, putUint32, uint32 } from './octets.ts'

const TWO_32 = 0x1_0000_0000
const TWO_34 = 0x4_0000_0000

/** The largest distance from 1970 that a Date can hold, in milliseconds. */
const MAX_DATE_MS = 8.64e15

/** Writes a date in the shortest form that holds it; fifteen octets at most. Throws a TypeError for an invalid date. */
export function writeDate(target: Uint8Array, at: number, date: Date): number {
  const time = Date.prototype.getTime.call(date)
  if (Number.isNaN(time)) throw new TypeError('an invalid date')
  const seconds = Math.floor(time / 1000)
  const nanoseconds = (time - seconds * 1000) * 1_000_000
  if (nanoseconds === 0 && seconds >= 0 && seconds < TWO_32) {
    target[at] = 0xd6
    target[at + 1] = 0xff
    putUint32(target, at + 2, seconds)
    return at + 6
  }
  if (seconds >= 0 && seconds < TWO_34) {
    target[at] = 0xd7
    target[at + 1] = 0xff
    putUint32(target, at + 2, nanoseconds * 4 + Math.floor(seconds / TWO_32))
    putUint32(target, at + 6, seconds)
    return at + 10
  }
  target[at] = 0xc7
  target[at + 1] = 12
  target[at + 2] = 0xff
  putUint32(target, at + 3, nanoseconds)
  putInt64(target, at + 7, seconds)
  return at + 15
}

/**
 * The time in whole milliseconds of a timestamp of 4, 8 or 12 octets at `at`; NaN when its nanoseconds
 * or its date are out of range.
 */
export function readTime(bytes: Uint8Array, at: number, octets: number): number {
  if (octets === 4) return uint32(bytes, at) * 1000
  const first = uint32(bytes, at)
  const nanoseconds = octets === 8 ? first >>> 2 : first
  const high = octets === 8 ? first & 3 : uint32(bytes, at + 4) | 0
  const seconds = high * TWO_32 + uint32(bytes, at + octets - 4)
  const time = seconds * 1000 + Math.floor(nanoseconds / 1_000_000)
  return nanoseconds < 1_000_000_000 && Math.abs(time) <= MAX_DATE_MS ? time : Number.NaN
}
