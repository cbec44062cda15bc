/** Sends that wait for credit, in order. */
import { Deque } from '@sluice/core/parts'
import type { BatchBuilder, Headers, Ticket } from '@sluice/core'
import { MessageQueue } from './message-queue.ts'
import type { SliceBounds } from './message-queue.ts'
import type { Slice } from './slice.ts'

/** What a send resolves with that need not wait: one promise for all of them. */
export const taken: Promise<void> = Promise.resolve()

interface Waiter {
  readonly value: unknown
  readonly order: number
  readonly signal: AbortSignal | undefined
  readonly onAbort: () => void
  resolve(): void
  reject(reason: unknown): void
}

/** A message to wait with. */
export interface Parked {
  readonly value: unknown
  readonly headers: Headers | undefined
  readonly ticket: Ticket | undefined
  readonly order: number
  readonly slot: number | undefined
  readonly signal: AbortSignal | undefined
}

/** Keeps messages that are encoded and not accepted yet, each with the promise of its sender. */
export class Waiting {
  readonly #newBuilder: () => BatchBuilder
  readonly #bounds: SliceBounds
  /** Made with the first that waits: many senders never do. */
  #queue: MessageQueue | undefined
  readonly #waiters = new Deque<Waiter>()

  constructor(newBuilder: () => BatchBuilder, bounds: SliceBounds) {
    this.#newBuilder = newBuilder
    this.#bounds = bounds
  }

  get length(): number {
    return this.#waiters.length
  }

  /** Waits with a message; `left` is called when its signal has taken it back. Throws `EncodeError`. */
  add({ value, headers, ticket, order, slot, signal }: Parked, left: () => void): Promise<void> {
    this.#queue ??= new MessageQueue(this.#newBuilder, this.#bounds)
    this.#queue.append(value, headers, ticket, order, slot)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const onAbort = (): void => {
      this.#remove(order)
      reject(signal?.reason)
      left()
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#waiters.push({ value, order, signal, onAbort, resolve, reject })
    return promise
  }

  /** Lets the first messages go: at most `max`, and no more than `maxBytes` unless it is one alone. */
  admit(max: number, maxBytes: number): Slice | undefined {
    const slice = this.#queue?.shift(max, maxBytes, true)
    for (let i = slice?.batch.count ?? 0; i > 0; i--) this.#leave()?.resolve()
    return slice
  }

  /** Turns everybody away, each with the error for its message. */
  clear(error: (value: unknown) => unknown): void {
    this.#queue?.clear()
    for (let waiter = this.#leave(); waiter !== undefined; waiter = this.#leave()) {
      waiter.reject(error(waiter.value))
    }
  }

  #leave(): Waiter | undefined {
    const waiter = this.#waiters.shift()
    waiter?.signal?.removeEventListener('abort', waiter.onAbort)
    return waiter
  }

  #remove(order: number): void {
    this.#queue?.remove(order)
    for (let at = 0; at < this.#waiters.length; at++) {
      if (this.#waiters.at(at)?.order !== order) continue
      this.#waiters.removeAt(at)
      return
    }
  }
}
