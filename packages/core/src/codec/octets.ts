/** Integers as octets, most significant first. The caller has checked that there is room, or that they are there. */

/** The two octets at `at`, unsigned. */
export function uint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

/** The four octets at `at`, unsigned. */
export function uint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

/** Writes the low 16 bits of an integer. */
export function putUint16(target: Uint8Array, at: number, value: number): void {
  target[at] = value >> 8
  target[at + 1] = value
}

/** Writes the low 32 bits of an integer, signed or not. */
export function putUint32(target: Uint8Array, at: number, value: number): void {
  target[at] = value >> 24
  target[at + 1] = value >> 16
  target[at + 2] = value >> 8
  target[at + 3] = value
}

/** Writes an integer of up to 53 bits in 64, a negative one as its two's complement. */
export function putInt64(target: Uint8Array, at: number, value: number): void {
  putUint32(target, at, Math.floor(value / 0x1_0000_0000))
  putUint32(target, at + 4, value)
}

/**
 * Writes a number of up to 32 bits behind the octet that says its width, and returns the position behind it: `narrow` is
 * that octet for one octet, the next two are for two and for four.
 */
export function putSized(target: Uint8Array, at: number, narrow: number, value: number): number {
  if (value < 0x100) {
    target[at] = narrow
    target[at + 1] = value
    return at + 2
  }
  if (value < 0x1_0000) {
    target[at] = narrow + 1
    putUint16(target, at + 1, value)
    return at + 3
  }
  target[at] = narrow + 2
  putUint32(target, at + 1, value)
  return at + 5
}
