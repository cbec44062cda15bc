/** Octets that the scan has passed, read by msgpackr: arguments and headers, which are small and come once a frame. */
import { Unpackr } from 'msgpackr'
import type { Options } from 'msgpackr'

/** `auto` for 64-bit integers is documented by msgpackr and missing from its types. */
const options = {
  useRecords: false,
  mapsAsObjects: true,
  int64AsType: 'auto',
  copyBuffers: true,
} as unknown as Options

const unpackr = new Unpackr(options)

/** Reads a sequence of values, back to back; only for octets that `scan` has let through. */
export function readScanned(bytes: Uint8Array): unknown[] {
  // msgpackr gives bytes the class of what it reads from, and a Buffer would be no plain Uint8Array.
  const plain = new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return unpackr.unpackMultiple(plain) as unknown[]
}
