/** Deliveries as an async iterable, one message after the other. */
import { Deque } from '../queue/deque.ts'
import type { Delivery, Headers, WaitOptions } from './link.ts'

/** A message with what came beside it. */
export interface Received<T> {
  readonly message: T
  readonly headers: Headers | undefined
  /** It may have been handled before, by a receiver that was lost. */
  readonly redelivered: boolean
}

/** What happens to the message in hand when its loop is left by `break`, `return` or a throw. */
export type OnLeave = 'finish' | 'leave'

type Pick<R> = (delivery: Delivery, index: number) => R

/** A place in the deliveries: a message that somebody works on. */
interface Taken {
  readonly delivery: Delivery
  readonly index: number
}

/** An iterator that waits. */
interface Waiter {
  give(taken: Taken): void
  end(error: Error | undefined): void
}

/**
 * Hands messages to whoever iterates, each to one. A message is finished, and settled as delivered, when
 * the next is asked for. Several loops may run at once; they share the messages.
 */
export class MessageStream<T> {
  readonly #onLeave: OnLeave
  readonly #onTaken: () => void
  readonly #deliveries = new Deque<Delivery>()
  readonly #waiters = new Set<Waiter>()
  /** How far into the first delivery the taking has come. */
  #at = 0
  #length = 0
  #ended = false
  #error: Error | undefined

  /** `onTaken` is called whenever a message was taken out. */
  constructor(onLeave: OnLeave, onTaken: () => void = () => {}) {
    this.#onLeave = onLeave
    this.#onTaken = onTaken
  }

  /** Messages that nobody has taken yet. */
  get length(): number {
    return this.#length
  }

  push(delivery: Delivery): void {
    this.#deliveries.push(delivery)
    this.#length += delivery.values.length
    while (this.#waiters.size > 0 && this.#length > 0) {
      const [waiter] = this.#waiters
      const taken = this.#take()
      if (waiter === undefined || taken === undefined) return
      this.#waiters.delete(waiter)
      waiter.give(taken)
    }
  }

  /** Nothing more is pushed: loops end after what is here, or fail with the error. Idempotent. */
  end(error?: Error): void {
    if (this.#ended) return
    this.#ended = true
    this.#error = error
    const waiters = [...this.#waiters]
    this.#waiters.clear()
    for (const waiter of waiters) waiter.end(error)
  }

  /** Takes away what nobody has taken, message by message. */
  *clear(): IterableIterator<Taken> {
    for (let taken = this.#take(); taken !== undefined; taken = this.#take()) yield taken
  }

  /** Takes away what nobody has taken of the deliveries that match: their sender is gone, and they come again. */
  discard(match: (delivery: Delivery) => boolean): readonly Taken[] {
    const discarded: Taken[] = []
    const kept: Delivery[] = []
    const first = this.#deliveries.first()
    let keptAt = 0
    for (const delivery of this.#deliveries) {
      const at = delivery === first ? this.#at : 0
      if (!match(delivery)) {
        if (kept.length === 0) keptAt = at
        kept.push(delivery)
        continue
      }
      for (let index = at; index < delivery.values.length; index++) discarded.push({ delivery, index })
    }
    if (discarded.length === 0) return discarded
    this.#deliveries.clear()
    for (const delivery of kept) this.#deliveries.push(delivery)
    this.#at = keptAt
    this.#length -= discarded.length
    return discarded
  }

  /** The messages alone. */
  messages(options: WaitOptions = {}): AsyncIterableIterator<T> {
    return this.#iterate((delivery, index) => delivery.values[index] as T, options.signal)
  }

  /** The messages with their headers. */
  received(options: WaitOptions = {}): AsyncIterableIterator<Received<T>> {
    const pick: Pick<Received<T>> = (delivery, index) => ({
      message: delivery.values[index] as T,
      headers: delivery.headers?.[index],
      redelivered: delivery.redelivered,
    })
    return this.#iterate(pick, options.signal)
  }

  #take(): Taken | undefined {
    const delivery = this.#deliveries.first()
    if (delivery === undefined) return undefined
    const index = this.#at++
    if (this.#at >= delivery.values.length) {
      this.#deliveries.shift()
      this.#at = 0
    }
    this.#length--
    this.#onTaken()
    return { delivery, index }
  }

  #iterate<R>(pick: Pick<R>, signal: AbortSignal | undefined): AsyncIterableIterator<R> {
    let current: Taken | undefined
    let done = false
    const finish = (): void => {
      const finished = current
      current = undefined
      finished?.delivery.settle(finished.index, 'delivered')
    }
    const hand = (taken: Taken): IteratorResult<R> => {
      current = taken
      return { value: pick(taken.delivery, taken.index), done: false }
    }
    const over: IteratorResult<R> = { value: undefined, done: true }
    return {
      next: () => {
        finish()
        if (signal?.aborted === true) done = true
        if (signal?.aborted === true) return Promise.reject(signal.reason)
        const taken = done ? undefined : this.#take()
        if (taken !== undefined) return Promise.resolve(hand(taken))
        if (this.#ended && this.#error !== undefined && !done) return Promise.reject(this.#error)
        if (this.#ended || done) return Promise.resolve(over)
        return this.#wait(signal).then((given) => (given === undefined ? over : hand(given)))
      },
      return: () => {
        done = true
        if (this.#onLeave === 'finish') finish()
        return Promise.resolve(over)
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }

  #wait(signal: AbortSignal | undefined): Promise<Taken | undefined> {
    return new Promise((resolve, reject) => {
      const onAbort = (): void => {
        this.#waiters.delete(waiter)
        reject(signal?.reason)
      }
      const waiter: Waiter = {
        give: (taken) => {
          signal?.removeEventListener('abort', onAbort)
          resolve(taken)
        },
        end: (error) => {
          signal?.removeEventListener('abort', onAbort)
          if (error === undefined) resolve(undefined)
          else reject(error)
        },
      }
      this.#waiters.add(waiter)
      signal?.addEventListener('abort', onAbort, { once: true })
    })
  }
}
