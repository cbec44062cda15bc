/** What a pusher has accepted and no socket has taken yet. Pure: it neither sends nor waits. */
import { Deque, fitting, MessageBuilder, sliceLetter } from '@sluice/core/parts'
import type { BatchBuilder, Headers, Letter, Ticket } from '@sluice/core'

/** Tickets of messages in order; undefined when none of them has one. */
export type Tickets = readonly (Ticket | undefined)[] | undefined

/** Messages that were gathered together, and how many of them are gone: sent, or dropped from the front. */
interface Parcel {
  readonly letter: Letter
  readonly tickets: Tickets
  from: number
}

/**
 * Gathers messages into batches as they come and gives them out in order, in slices of any size.
 * Messages are encoded when they are put in.
 */
export class PushQueue {
  readonly #builder: MessageBuilder
  readonly #parcels = new Deque<Parcel>()
  #tickets: (Ticket | undefined)[] | undefined
  readonly #maxFrameBytes: number
  #sealed = 0

  /** A frame of more than `maxFrameBytes` is given out to nobody. */
  constructor(newBuilder: () => BatchBuilder, maxFrameBytes: number) {
    this.#maxFrameBytes = maxFrameBytes
    this.#builder = new MessageBuilder(newBuilder)
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
    this.#builder.append(value, headers)
    if (ticket === undefined && this.#tickets === undefined) return
    this.#tickets ??= new Array<Ticket | undefined>(at).fill(undefined)
    this.#tickets.push(ticket)
  }

  /** Ends the batch that is being gathered: what is pushed next goes into another. */
  seal(): void {
    const { count } = this.#builder
    if (count === 0) return
    this.#parcels.push({ letter: this.#builder.take(), tickets: this.#tickets, from: 0 })
    this.#sealed += count
    this.#tickets = undefined
  }

  /** The first sealed messages, at most `most` of them and as many as one frame may hold, left where they are. */
  peek(most: number): Letter | undefined {
    const first = this.#parcels.first()
    if (first === undefined) return undefined
    const count = fitting(first.letter, first.from, most, this.#maxFrameBytes)
    return sliceLetter(first.letter, first.from, first.from + count)
  }

  /** Takes the first `count` sealed messages away, of one parcel as `peek` gave them; returns their tickets. */
  remove(count: number): Tickets {
    const first = this.#parcels.first()
    if (first === undefined) return undefined
    const { tickets, letter, from } = first
    first.from += count
    this.#sealed -= count
    if (first.from >= letter.batch.count) this.#parcels.shift()
    return tickets?.slice(from, from + count)
  }

  /** Takes everything away, parcel by parcel. */
  *clear(): IterableIterator<{ readonly count: number; readonly tickets: Tickets }> {
    this.seal()
    for (let first = this.#parcels.first(); first !== undefined; first = this.#parcels.first()) {
      const count = first.letter.batch.count - first.from
      yield { count, tickets: this.remove(count) }
    }
  }
}
