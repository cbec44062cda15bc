/** Messages with their headers, gathered side by side. */
import type { Headers } from '../link/link.ts'
import type { Batch, BatchBuilder } from './batch.ts'

/** A batch, and a map or nil for each of its messages when one of them has headers. */
export interface Letter {
  readonly batch: Batch
  readonly headers: Batch | undefined
}

/** Builds a batch and, once a message has headers, the batch of headers beside it. */
export class MessageBuilder {
  readonly #builder: BatchBuilder
  readonly #newBuilder: () => BatchBuilder
  #headers: BatchBuilder | undefined

  /** `newBuilder` makes builders in the form that the port carries. */
  constructor(newBuilder: () => BatchBuilder) {
    this.#builder = newBuilder()
    this.#newBuilder = newBuilder
  }

  get count(): number {
    return this.#builder.count
  }

  /** Encoded bytes of the messages. */
  get bytes(): number {
    return this.#builder.bytes
  }

  /** Encodes a message at the end. Throws `EncodeError` and leaves all as it was. */
  append(value: unknown, headers: Headers | undefined): void {
    if (headers === undefined && this.#headers === undefined) this.#builder.append(value)
    else this.#appendBoth(value, headers)
  }

  /** What was gathered; the builder is empty afterwards. */
  take(): Letter {
    const headers = this.#headers?.take()
    this.#headers = undefined
    return { batch: this.#builder.take(), headers }
  }

  #appendBoth(value: unknown, headers: Headers | undefined): void {
    const before = this.#builder.count
    const beside = (this.#headers ??= this.#newBuilder())
    while (beside.count < before) beside.append(null)
    beside.append(headers ?? null)
    try {
      this.#builder.append(value)
    } catch (error) {
      // The value cannot travel and its headers are in already: those before it are put in anew.
      this.#headers = this.#newBuilder()
      for (const kept of beside.take().slice(0, before).values()) this.#headers.append(kept)
      throw error
    }
  }
}

/**
 * How many messages from `from` on, at most `most`, travel in frames of no more than `maxBytes`: one at least, since one that
 * is larger by itself was refused when it was sent.
 */
export function fitting({ batch, headers }: Letter, from: number, most: number, maxBytes: number): number {
  const fits = (count: number): boolean =>
    batch.slice(from, from + count).bytes <= maxBytes &&
    (headers === undefined || headers.slice(from, from + count).bytes <= maxBytes)
  let below = Math.min(most, batch.count - from)
  if (fits(below)) return below
  let fit = 1
  while (below - fit > 1) {
    const middle = (fit + below) >>> 1
    if (fits(middle)) fit = middle
    else below = middle
  }
  return fit
}

/** A part of a letter, without copying. */
export function sliceLetter(letter: Letter, from: number, to: number): Letter {
  const { batch, headers } = letter
  if (from === 0 && to === batch.count) return letter
  return { batch: batch.slice(from, to), headers: headers?.slice(from, to) }
}
