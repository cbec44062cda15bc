/** Memory to write into: handed out in pieces, and no piece is written to twice unless it was given back. */

const SMALLEST_BYTES = 256
/** A larger chunk holds one value, or what ends with it, and nothing else. */
export const LARGEST_BYTES: number = 64 * 1024

/**
 * How large the next chunk is: the last one had `previous` octets, `kept` of them move along and `room`
 * more must fit. Chunks begin small, so that what is encoded once or rarely costs little, and grow fourfold until
 * one holds a full batch. A value that needs more has a chunk of its own, with nothing to spare unless it
 * grows piece by piece: then doubling keeps the copying linear.
 */
export function nextChunkBytes(previous: number, kept: number, room: number): number {
  const usual = Math.min(Math.max(previous * 4, SMALLEST_BYTES), LARGEST_BYTES)
  return Math.max(usual, kept + Math.max(kept, room))
}

/** Memory of unknown content. Small chunks share Node's pool, large ones stand alone. */
export function newChunk(bytes: number): Buffer {
  return bytes <= SMALLEST_BYTES ? Buffer.allocUnsafe(bytes) : Buffer.allocUnsafeSlow(bytes)
}
