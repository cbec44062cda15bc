/** The octets of a frame, one at a time and as words of four, least significant first. */

/** What a frame is read through. */
export interface Octets {
  readonly bytes: Buffer
  readonly view: DataView
}

/** Those of no frame. */
export const NO_OCTETS: Octets = { bytes: Buffer.alloc(0), view: new DataView(new ArrayBuffer(0)) }

/** The word at a position; zeros stand for octets that are not there. */
export function word(octets: Uint8Array, from: number): number {
  let all = 0
  for (let i = Math.min(4, octets.length - from) - 1; i >= 0; i--) all = (all << 8) | octets[from + i]!
  return all
}

/** The bits of a word's first octets: all of them from four on, none where there is no octet. */
export function maskOf(octets: number): number {
  if (octets >= 4) return -1
  return octets <= 0 ? 0 : (1 << (8 * octets)) - 1
}
