/** Integers of 64 bits, from the wire: a number where that is exact, else a bigint. ENV-8. */
import { uint32 } from './octets.ts'

const TWO_32 = 0x1_0000_0000
const TWO_53 = 2 ** 53

/** The unsigned integer in the eight octets at `at`. */
export function readUint64(bytes: Buffer, at: number): number | bigint {
  const number = uint32(bytes, at) * TWO_32 + uint32(bytes, at + 4)
  return number < TWO_53 ? number : exact(number, bytes.readBigUInt64BE(at))
}

/** The signed integer in the eight octets at `at`. */
export function readInt64(bytes: Buffer, at: number): number | bigint {
  const number = (uint32(bytes, at) | 0) * TWO_32 + uint32(bytes, at + 4)
  return Math.abs(number) < TWO_53 ? number : exact(number, bytes.readBigInt64BE(at))
}

/** A number may hold such an integer exactly only by chance: 2^53 does, by the sign of it. */
function exact(number: number, value: bigint): number | bigint {
  return Math.abs(number) === TWO_53 && BigInt(number) === value ? number : value
}
