/** Hashes one file as a stream: memory stays the same for two kilobytes and two gigabytes. */
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import { join, type Found } from './walk.ts'

/** Read at a time: in pieces of the default 64 KiB, reading a large file costs thrice what hashing it does. */
const pieceBytes = 256 * 1024

/** A file and its sum. */
export interface Sum {
  readonly path: Uint8Array
  /** SHA-256 in hexadecimal. */
  readonly sum: string
}

/** Returns the handler that hashes files below `root`; what cannot be read throws its reason. */
export function hashBelow(root: string): (found: Found, context: { signal: AbortSignal }) => Promise<Sum> {
  return async ({ path, unreadable }, { signal }) => {
    if (unreadable !== undefined) throw new Error(unreadable)
    const hash = createHash('sha256')
    const file = Buffer.from(join(Buffer.from(root), path))
    await pipeline(createReadStream(file, { highWaterMark: pieceBytes }), hash, { signal })
    return { path, sum: hash.digest('hex') }
  }
}
