/** A batch: the messages that share one payload frame. */

/** Messages in order, ready to travel. On a wire it is bytes with the end of each value; in memory it is values. */
export interface Batch {
  /** Messages in it. */
  readonly count: number
  /** Encoded bytes; an estimate of zero where nothing is encoded. */
  readonly bytes: number
  /** The messages `from` (included) to `to` (excluded), without copying. */
  slice(from: number, to: number): Batch
  /** The messages themselves, decoded if they came as bytes. */
  values(): readonly unknown[]
  /** Says that nobody reads this batch any more, and no part of it: its memory may be written to again. */
  release?(): void
}

/** Gathers messages into batches; what is appended is encoded at once, so the caller may reuse its object. */
export interface BatchBuilder {
  readonly count: number
  readonly bytes: number
  /** Encodes `value` at the end. Throws `EncodeError` and leaves the batch as it was. */
  append(value: unknown): void
  /** Puts the messages of a batch of the same form at the end, as they are: what they hold is copied. */
  join(batch: Batch): void
  /** What was gathered, as a batch; the builder is empty afterwards. The batch's memory is not reused before it is released. */
  take(): Batch
}

/** A batch of values that are not encoded: what the memory port carries. */
export class ValueBatch implements Batch {
  readonly #values: readonly unknown[]

  constructor(values: readonly unknown[]) {
    this.#values = values
  }

  get count(): number {
    return this.#values.length
  }

  get bytes(): number {
    return 0
  }

  slice(from: number, to: number): Batch {
    return from === 0 && to === this.#values.length ? this : new ValueBatch(this.#values.slice(from, to))
  }

  values(): readonly unknown[] {
    return this.#values
  }
}

/** Gathers values as they are. */
export class ValueBatchBuilder implements BatchBuilder {
  #values: unknown[] = []

  get count(): number {
    return this.#values.length
  }

  get bytes(): number {
    return 0
  }

  append(value: unknown): void {
    // Compiled in place, where `push` is a call.
    const values = this.#values
    values[values.length] = value
  }

  join(batch: Batch): void {
    for (const value of batch.values()) this.#values.push(value)
  }

  take(): Batch {
    const values = this.#values
    this.#values = []
    return new ValueBatch(values)
  }
}
