/** Large chunks that were given back: new ones would have to be found, cleared and swept away again for each large message. */

/** What is kept at most, in octets: more than one ack gives back. */
const MOST_BYTES = 8 * 1024 * 1024
/** How much larger than needed a chunk may be. */
const WASTE = 1.25
/** How many chunks are looked at. */
const LOOKED_AT = 8

/** Keeps chunks for the next values of their size. */
export class SpareChunks {
  readonly #chunks: Buffer[] = []
  #bytes = 0

  /** A chunk of at least so many octets and not many more, if there is one: the last that came is still in the cache. */
  take(bytes: number): Buffer | undefined {
    const chunks = this.#chunks
    const least = Math.max(0, chunks.length - LOOKED_AT)
    for (let at = chunks.length - 1; at >= least; at--) {
      const chunk = chunks[at]!
      if (chunk.length < bytes || chunk.length > bytes * WASTE) continue
      this.#bytes -= chunk.length
      chunks.splice(at, 1)
      return chunk
    }
    return undefined
  }

  /** Takes a chunk that nobody reads any more; the oldest make room for it. */
  give(chunk: Buffer): void {
    if (chunk.length > MOST_BYTES) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    while (this.#bytes > MOST_BYTES) this.#bytes -= this.#chunks.shift()?.length ?? 0
  }
}
