/** Memory to write into: handed out in pieces, and no piece is ever written to twice. */

const FIRST_CHUNK_BYTES = 4 * 1024
const CHUNK_BYTES = 64 * 1024

/**
 * How large the next chunk is: the last one had `previous` octets, `kept` of them move along and `room`
 * more must fit. Chunks start small, so that an idle link costs little, and double until one holds a
 * full batch. A value larger than that gets a chunk of its own, with no more to spare than it needs,
 * unless it grows piece by piece: then doubling keeps the copying linear.
 */
export function nextChunkBytes(previous: number, kept: number, room: number): number {
  const usual = Math.min(Math.max(previous * 2, FIRST_CHUNK_BYTES), CHUNK_BYTES)
  return Math.max(usual, kept + Math.max(kept, room))
}

/** Memory outside Node's shared pool, so that only what is handed out of it keeps it alive. */
export function newChunk(bytes: number): Buffer {
  return Buffer.allocUnsafeSlow(bytes)
}
