/** Batches as octets: what travels in a payload frame. */
import { StateError } from '../errors.ts'
import type { Batch, BatchBuilder } from '../port/batch.ts'
import { decodeSequence } from './codec.ts'
import { Encoder } from './encoder.ts'
import type { Layouts } from './layouts.ts'
import type { SpareChunks } from './spare-chunks.ts'

/** Encoded messages back to back, with the end of each, so that a part of them can be sent again without encoding. */
export class PackedBatch implements Batch {
  /** The payload frame: the octets of these messages, and never changed. */
  readonly frame: Uint8Array
  /** Where each message ends in the frame that was packed first, of which this is all or a part. */
  readonly #ends: readonly number[]
  readonly #from: number
  readonly #to: number
  /** Where the memory goes when nobody reads it any more; undefined for a part, and for what was parted. */
  #giveBack: ((frame: Uint8Array) => void) | undefined

  constructor(frame: Uint8Array, ends: readonly number[], from = 0, to: number = ends.length) {
    this.frame = frame
    this.#ends = ends
    this.#from = from
    this.#to = to
  }

  /** A whole batch, whose memory is wanted back. */
  static whole(
    frame: Uint8Array,
    ends: readonly number[],
    giveBack: (frame: Uint8Array) => void,
  ): PackedBatch {
    const batch = new PackedBatch(frame, ends)
    batch.#giveBack = giveBack
    return batch
  }

  get count(): number {
    return this.#to - this.#from
  }

  get bytes(): number {
    return this.frame.length
  }

  slice(from: number, to: number): PackedBatch {
    if (from === 0 && to === this.count) return this
    this.#giveBack = undefined
    const first = this.#from + from
    const last = this.#from + to
    const origin = this.#end(this.#from - 1)
    const frame = this.frame.subarray(this.#end(first - 1) - origin, this.#end(last - 1) - origin)
    return new PackedBatch(frame, this.#ends, first, last)
  }

  /** Where each of its messages ends in its frame. */
  ends(): number[] {
    const origin = this.#end(this.#from - 1)
    return this.#ends.slice(this.#from, this.#to).map((end) => end - origin)
  }

  release(): void {
    this.#giveBack?.(this.frame)
    this.#giveBack = undefined
  }

  values(): readonly unknown[] {
    return this.count === 0 ? [] : decodeSequence(this.frame, { trusted: true })
  }

  #end(index: number): number {
    return this.#ends[index] ?? 0
  }
}

/** Encodes messages as they are appended, into memory that is not touched again until its batch is released. */
export class PackedBatchBuilder implements BatchBuilder {
  readonly #encoder: Encoder
  /** Where each message ends, for `#count` of them. Kept from batch to batch: a list that grows anew costs three times what it ends up with. */
  readonly #ends: number[] = []
  #count = 0

  /**
   * A message of more bytes is refused: the other side would end the connection over it. `spares` and `layouts` are
   * shared by the builders of one port.
   */
  constructor(maxMessageBytes: number = Infinity, spares?: SpareChunks, layouts?: Layouts) {
    this.#encoder = new Encoder(maxMessageBytes, spares, layouts)
  }

  get count(): number {
    return this.#count
  }

  get bytes(): number {
    return this.#encoder.bytes
  }

  append(value: unknown): void {
    this.#encoder.append(value)
    this.#ends[this.#count++] = this.#encoder.bytes
  }

  join(batch: Batch): void {
    if (!(batch instanceof PackedBatch)) throw notEncoded()
    const before = this.#encoder.bytes
    this.#encoder.put(batch.frame)
    for (const end of batch.ends()) this.#ends[this.#count++] = before + end
  }

  take(): PackedBatch {
    if (this.#encoder.busy) throw new StateError('a getter of a message that is being encoded took its batch')
    const ends = this.#ends.slice(0, this.#count)
    this.#count = 0
    return PackedBatch.whole(this.#encoder.take(), ends, this.#giveBack)
  }

  readonly #giveBack = (frame: Uint8Array): void => {
    this.#encoder.give(frame)
  }
}

/** Messages that came in a payload frame, decoded. */
export class ReceivedBatch implements Batch {
  readonly bytes: number
  readonly #values: readonly unknown[]

  constructor(values: readonly unknown[], bytes: number) {
    this.#values = values
    this.bytes = bytes
  }

  get count(): number {
    return this.#values.length
  }

  /** A part; its `bytes` are a share by count, for the values' own sizes are no longer known. */
  slice(from: number, to: number): ReceivedBatch {
    if (from === 0 && to === this.count) return this
    const values = this.#values.slice(from, to)
    return new ReceivedBatch(values, Math.round((this.bytes * values.length) / this.count))
  }

  values(): readonly unknown[] {
    return this.#values
  }
}

/** The payload frame of a batch that was built for a wire. Throws `StateError` for one that was not. */
export function payloadOf(batch: Batch): Uint8Array {
  if (batch instanceof PackedBatch) return batch.frame
  throw notEncoded()
}

function notEncoded(): StateError {
  return new StateError('a batch that was not encoded cannot go out on a wire')
}
