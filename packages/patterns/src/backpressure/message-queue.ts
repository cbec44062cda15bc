/** Messages that wait to be sent, in order. */
import { Deque, fitting } from '@sluice/core/parts'
import type { Batch, BatchBuilder, Headers, Ticket } from '@sluice/core'
import { cut } from './slice.ts'
import type { Slice } from './slice.ts'

/** When a slice is full: it travels as one frame. */
export interface SliceBounds {
  readonly maxBatchMessages: number
  readonly maxBatchBytes: number
  /** No frame is larger, whatever was gathered: the other side would end the connection over it. */
  readonly maxMessageBytes: number
}

/** Messages of this many encoded bytes together cost less to be copied than to be a frame by themselves. */
const joinedBytes = 4_096

/** Gathers messages, encoded as they come, and gives them out again in slices. */
export class MessageQueue {
  readonly #slices = new Deque<Slice>()
  readonly #builder: BatchBuilder
  readonly #newBuilder: () => BatchBuilder
  readonly #bounds: SliceBounds
  /** What is beside the messages in the builder. */
  #headers: BatchBuilder | undefined
  #tickets: (Ticket | undefined)[] | undefined
  #slots: number[] | undefined
  #order = 0
  #sealed = 0
  #sealedBytes = 0

  constructor(newBuilder: () => BatchBuilder, bounds: SliceBounds) {
    this.#bounds = bounds
    this.#newBuilder = newBuilder
    this.#builder = newBuilder()
  }

  /** Messages in the queue. */
  get count(): number {
    return this.#sealed + this.#builder.count
  }

  /** Their encoded bytes. */
  get bytes(): number {
    return this.#sealedBytes + this.#builder.bytes
  }

  /** Messages gathered into the slice that is not full yet. */
  get gathered(): number {
    return this.#builder.count
  }

  /** Encodes a message at the end. Throws `EncodeError` and leaves the queue as it was. */
  append(
    value: unknown,
    headers: Headers | undefined,
    ticket: Ticket | undefined,
    order: number,
    slot: number | undefined,
  ): void {
    const builder = this.#builder
    if (headers === undefined && this.#headers === undefined) builder.append(value)
    else this.#appendWithHeaders(value, headers)
    const at = builder.count - 1
    if (at === 0) this.#order = order
    if (ticket !== undefined) (this.#tickets ??= [])[at] = ticket
    if (slot !== undefined) (this.#slots ??= [])[at] = slot
    this.#sealIfFull()
  }

  /** Puts a slice at the end; a small one shares a frame with what comes behind it. */
  push(slice: Slice): void {
    if (this.#joins(slice)) return this.#join(slice)
    this.seal()
    this.#add(slice)
    this.#slices.push(slice)
  }

  /** Puts slices that were sent before back at the head, each at its place among those already there. */
  requeue(slices: readonly Slice[]): void {
    const last = slices.at(-1)
    if (last === undefined) return
    const ahead: Slice[] = []
    for (let head = this.#slices.first(); head !== undefined && head.order < last.order;) {
      this.#slices.shift()
      ahead.push(head)
      head = this.#slices.first()
    }
    for (const slice of slices) this.#add(slice)
    const merged = [...ahead, ...slices].sort((a, b) => b.order - a.order)
    for (const slice of merged) this.#slices.unshift(slice)
  }

  /**
   * Takes the first messages out: at most `max`, and no more than `maxBytes`. One that alone is more than that is
   * taken only where `alone` is true.
   */
  shift(max: number, maxBytes: number, alone: boolean): Slice | undefined {
    if (this.#slices.length === 0) this.seal()
    const head = this.#slices.first()
    if (head === undefined) return undefined
    const count = fitting(head, 0, max, Math.min(maxBytes, this.#bounds.maxMessageBytes))
    const taken = cut(head, 0, count)
    if (taken.batch.bytes > maxBytes && !alone) return undefined
    this.#slices.shift()
    if (count < head.batch.count) this.#slices.unshift(cut(head, count, head.batch.count))
    this.#sealed -= taken.batch.count
    this.#sealedBytes -= taken.batch.bytes
    return taken
  }

  /** Takes out the message that was offered as the `order`-th; returns it as a slice of one. */
  remove(order: number): Slice | undefined {
    this.seal()
    for (let at = 0; at < this.#slices.length; at++) {
      const slice = this.#slices.at(at)
      if (slice === undefined) break
      const index = order - slice.order
      const { count } = slice.batch
      if (index < 0 || index >= count) continue
      this.#slices.removeAt(at)
      const after = [...this.#slices].slice(at)
      for (let i = 0; i < after.length; i++) this.#slices.pop()
      if (index > 0) this.#slices.push(cut(slice, 0, index))
      if (index + 1 < count) this.#slices.push(cut(slice, index + 1, count))
      for (const later of after) this.#slices.push(later)
      const removed = cut(slice, index, index + 1)
      this.#sealed -= 1
      this.#sealedBytes -= removed.batch.bytes
      return removed
    }
    return undefined
  }

  /** Takes everything out. */
  clear(): Slice[] {
    this.seal()
    const slices = [...this.#slices]
    this.#slices.clear()
    this.#sealed = 0
    this.#sealedBytes = 0
    return slices
  }

  /** Ends the slice that is being gathered. */
  seal(): void {
    this.#seal(this.#headers?.take())
  }

  #sealIfFull(): void {
    const { count, bytes } = this.#builder
    if (count >= this.#bounds.maxBatchMessages || bytes >= this.#bounds.maxBatchBytes) this.seal()
  }

  #joins({ batch, headers, redelivered }: Slice): boolean {
    if (redelivered || headers !== undefined || this.#headers !== undefined) return false
    return batch.bytes + this.#builder.bytes <= Math.min(joinedBytes, this.#bounds.maxMessageBytes)
  }

  #join({ batch, tickets, slots, order }: Slice): void {
    const at = this.#builder.count
    if (at === 0) this.#order = order
    this.#builder.join(batch)
    for (let index = 0; index < batch.count; index++) {
      const ticket = tickets?.[index]
      const slot = slots?.[index]
      if (ticket !== undefined) (this.#tickets ??= [])[at + index] = ticket
      if (slot !== undefined) (this.#slots ??= [])[at + index] = slot
    }
    this.#sealIfFull()
  }

  #seal(headers: Batch | undefined): void {
    const tickets = this.#tickets
    const slots = this.#slots
    this.#headers = undefined
    this.#tickets = undefined
    this.#slots = undefined
    if (this.#builder.count === 0) return
    const slice: Slice = {
      batch: this.#builder.take(),
      headers,
      tickets,
      slots,
      order: this.#order,
      redelivered: false,
    }
    this.#add(slice)
    this.#slices.push(slice)
  }

  #appendWithHeaders(value: unknown, headers: Headers | undefined): void {
    const before = this.#builder.count
    const builder = (this.#headers ??= this.#newBuilder())
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

  #add(slice: Slice): void {
    this.#sealed += slice.batch.count
    this.#sealedBytes += slice.batch.bytes
  }
}
