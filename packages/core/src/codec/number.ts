/** Integers in the direction of the wire, shortest form first. ENV-8. */
import { putInt64, putSized, putUint16, putUint32 } from './octets.ts'

/** A number holds every integer up to this one exactly, and this is how far integers arrive as numbers. */
const TWO_53 = 2 ** 53
const MAX_U64 = 0xffff_ffff_ffff_ffffn
const MIN_I64 = -0x8000_0000_0000_0000n

/** Writes a number and returns the position behind it; `view` is of the target. */
export function writeNumber(target: Uint8Array, view: DataView, at: number, value: number): number {
  if (value >>> 0 === value) {
    // Zero compares equal to negative zero, which only a float can carry.
    if (value === 0 && Object.is(value, -0)) return writeFloat(target, view, at, value)
    return writeUint32(target, at, value)
  }
  if (value >> 0 === value) return writeNegativeInt32(target, at, value)
  if (!Number.isInteger(value) || value > TWO_53 || value < -TWO_53)
    return writeFloat(target, view, at, value)
  target[at] = value < 0 ? 0xd3 : 0xcf
  putInt64(target, at + 1, value)
  return at + 9
}

/** Writes a bigint and returns the position behind it. Throws a TypeError when 64 bits do not hold it. */
export function writeBigint(target: Uint8Array, view: DataView, at: number, value: bigint): number {
  if (value >= -TWO_53 && value <= TWO_53) return writeNumber(target, view, at, Number(value))
  if (value > MAX_U64 || value < MIN_I64) throw new TypeError('a bigint beyond 64 bits')
  target[at] = value < 0n ? 0xd3 : 0xcf
  view.setBigUint64(at + 1, BigInt.asUintN(64, value))
  return at + 9
}

/** Every NaN leaves as the one NaN: its other bits could differ between two machines. */
function writeFloat(target: Uint8Array, view: DataView, at: number, value: number): number {
  target[at] = 0xcb
  view.setFloat64(at + 1, Number.isNaN(value) ? Number.NaN : value)
  return at + 9
}

function writeUint32(target: Uint8Array, at: number, value: number): number {
  if (value < 0x80) {
    target[at] = value
    return at + 1
  }
  return putSized(target, at, 0xcc, value)
}

function writeNegativeInt32(target: Uint8Array, at: number, value: number): number {
  if (value >= -0x20) {
    target[at] = value
    return at + 1
  }
  if (value >= -0x80) {
    target[at] = 0xd0
    target[at + 1] = value
    return at + 2
  }
  if (value >= -0x8000) {
    target[at] = 0xd1
    putUint16(target, at + 1, value)
    return at + 3
  }
  target[at] = 0xd2
  putUint32(target, at + 1, value)
  return at + 5
}
