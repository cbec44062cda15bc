/** Binary data that is a small part of its frame, and must not keep all of it alive. */
import { markAsUntransferable } from 'node:worker_threads'

/** Up to this many octets V8 keeps an array's memory with the array, and a loop is faster than a call. */
const SHORT = 64
/** Up to this many octets a part shares a copy with those behind it: memory of its own costs more than its octets. */
const SHARING = 1_024
/** Octets of such a copy, which is what a part that is kept keeps alive. */
const COPY = 8_192

/** Of one frame. */
export class FrameParts {
  readonly #frame: Buffer
  /** A copy of the frame from `#copyAt` on. */
  #copy: Uint8Array = new Uint8Array(0)
  #copyAt = 0

  constructor(frame: Buffer) {
    this.#frame = frame
  }

  /** The octets at `from`, which are there, in other memory than the frame's. */
  copy(from: number, octets: number): Uint8Array {
    if (octets <= SHORT) return this.#short(from, octets)
    if (octets > SHARING) return this.#own(from, from + octets)
    if (from + octets > this.#copyAt + this.#copy.length) this.#copyFrom(from)
    const { buffer, byteOffset } = this.#copy
    return new Uint8Array(buffer, byteOffset + from - this.#copyAt, octets)
  }

  #short(from: number, octets: number): Uint8Array {
    const part = new Uint8Array(octets)
    for (let i = 0; i < octets; i++) part[i] = this.#frame[from + i]!
    return part
  }

  #own(from: number, to: number): Uint8Array {
    return Uint8Array.prototype.slice.call(
      new Uint8Array(this.#frame.buffer, this.#frame.byteOffset + from, to - from),
    )
  }

  #copyFrom(from: number): void {
    const to = Math.min(from + COPY, this.#frame.length)
    this.#copy = this.#own(from, to)
    this.#copyAt = from
    // Several share it, as they do Node's own pool.
    markAsUntransferable(this.#copy.buffer)
  }
}
