/** What a pusher has accepted and no socket has taken yet. Pure: it neither sends nor waits. */
import { Deque } from '@sluice/core'
import type { Batch, BatchBuilder, Headers, Ticket } from '@sluice/core'

/** Messages that were gathered together, with what belongs to each. */
export interface Parcel {
  readonly batch: Batch
  /** A map or nil for each message, when one of them has headers. */
  readonly headers: Batch | undefined
  readonly tickets: Tickets
}

/** A parcel, and how many of its messages are gone: sent, or dropped from the front. */
interface Waiting {
  readonly parcel: Parcel
  from: number
}

/** Tickets of messages in order; undefined when none of them has one. */
export type Tickets = readonly (Ticket | undefined)[] | undefined

/**
 * Gathers messages into batches as they come and gives them out in order, in slices of any size.
 * Messages are encoded when they are put in.
 */
export class Outbox {
  readonly #builder: BatchBuilder
  readonly #newHeaders: () => BatchBuilder
  readonly #waiting = new Deque<Waiting>()
  #headers: BatchBuilder | undefined
  #tickets: (Ticket | undefined)[] | undefined
  #sealed = 0

  constructor(builder: () => BatchBuilder) {
    this.#builder = builder()
    this.#newHeaders = builder
  }

  /** Messages in it. */
  get length(): number {
    return this.#sealed + this.#builder.count
  }

  /** Messages that are being gathered and are not sealed yet. */
  get gathering(): number {
    return this.#builder.count
  }

  /** Their encoded bytes. */
  get gatheringBytes(): number {
    return this.#builder.bytes
  }

  /** Puts a message at the end. Throws `EncodeError` and leaves all as it was. */
  push(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): void {
    const at = this.#builder.count
    if (headers === undefined && this.#headers === undefined) this.#builder.append(value)
    else this.#pushWithHeaders(value, headers)
    if (ticket === undefined && this.#tickets === undefined) return
    this.#tickets ??= []
    this.#tickets[at] = ticket
  }

  /** Ends the batch that is being gathered: what is pushed next goes into another. */
  seal(): void {
    this.#seal(this.#headers?.take())
  }

  /** The first sealed messages, at most `most` of them, left where they are. */
  peek(most: number): Parcel | undefined {
    const first = this.#waiting.first()
    if (first === undefined) return undefined
    const { parcel, from } = first
    const to = Math.min(parcel.batch.count, from + most)
    if (from === 0 && to === parcel.batch.count) return parcel
    return {
      batch: parcel.batch.slice(from, to),
      headers: parcel.headers?.slice(from, to),
      tickets: undefined,
    }
  }

  /** Takes the first `count` sealed messages away, which are of one parcel as `peek` gave them; returns their tickets. */
  remove(count: number): Tickets {
    const first = this.#waiting.first()
    if (first === undefined) return undefined
    const { tickets, batch } = first.parcel
    const from = first.from
    first.from += count
    this.#sealed -= count
    if (first.from >= batch.count) this.#waiting.shift()
    return tickets?.slice(from, from + count)
  }

  /** Takes everything away, parcel by parcel. */
  *clear(): IterableIterator<{ readonly count: number; readonly tickets: Tickets }> {
    this.seal()
    for (let first = this.#waiting.first(); first !== undefined; first = this.#waiting.first()) {
      const count = first.parcel.batch.count - first.from
      yield { count, tickets: this.remove(count) }
    }
  }

  #seal(headers: Batch | undefined): void {
    const tickets = this.#tickets
    this.#headers = undefined
    this.#tickets = undefined
    if (this.#builder.count === 0) return
    const batch = this.#builder.take()
    this.#waiting.push({ parcel: { batch, headers, tickets }, from: 0 })
    this.#sealed += batch.count
  }

  #pushWithHeaders(value: unknown, headers: Headers | undefined): void {
    const before = this.#builder.count
    const builder = (this.#headers ??= this.#newHeaders())
    while (builder.count < before) builder.append(null)
    builder.append(headers ?? null)
    try {
      this.#builder.append(value)
    } catch (error) {
      // The value cannot travel and its headers are in already: what came before goes without them.
      this.#seal(before === 0 ? undefined : builder.take().slice(0, before))
      throw error
    }
  }
}
