/** What was finished before is not handled again: duplicates are known by the `id` in their headers. Pure. */
import type { Delivery, Headers, Outcome } from '@sluice/core'
import { BatchDelivery } from './delivery.ts'

/** A message whose first copy is at work. */
interface Copy {
  readonly delivery: BatchDelivery
  readonly index: number
}

/**
 * Remembers the ids of the last messages that were finished, and of all that are at work.
 * A copy of one at work waits; if the first comes to nothing, because its session is over, the copy is handed over instead.
 */
export class Dedupe {
  readonly #remember: number
  readonly #hand: (delivery: Delivery) => void
  readonly #duplicate: () => void
  /** In the order in which they were finished. */
  readonly #finished = new Set<string>()
  readonly #atWork = new Map<string, Copy[]>()

  /** `hand` gets a copy whose first came to nothing; `duplicate` is called for each message that is dropped. */
  constructor(remember: number, hand: (delivery: Delivery) => void, duplicate: () => void) {
    this.#remember = remember
    this.#hand = hand
    this.#duplicate = duplicate
  }

  /** What is left to be handled of a delivery: undefined when nothing is. */
  sift(delivery: BatchDelivery): Delivery | undefined {
    const { headers } = delivery
    if (headers === undefined) return delivery
    const fresh: number[] = []
    for (let index = 0; index < delivery.values.length; index++) {
      if (this.#isFresh(delivery, index, headers[index])) fresh.push(index)
    }
    return fresh.length === 0 ? undefined : new SiftedDelivery(delivery, fresh, this)
  }

  /** A message that was handed over has ended. */
  ended(id: unknown, outcome: Outcome): void {
    if (typeof id !== 'string') return
    const copies = this.#atWork.get(id) ?? []
    if (outcome !== 'undelivered') {
      this.#atWork.delete(id)
      this.#keep(id)
      for (const copy of copies) this.#drop(copy)
      return
    }
    const next = copies.shift()
    if (next === undefined) this.#atWork.delete(id)
    else this.#hand(new SiftedDelivery(next.delivery, [next.index], this))
  }

  /** The session of these copies is over: they come again. */
  forget(isOver: (delivery: BatchDelivery) => boolean): void {
    for (const [id, copies] of this.#atWork) {
      const kept = copies.filter(({ delivery, index }) => {
        const over = isOver(delivery)
        if (over) delivery.settle(index, 'undelivered')
        return !over
      })
      if (kept.length < copies.length) this.#atWork.set(id, kept)
    }
  }

  #isFresh(delivery: BatchDelivery, index: number, headers: Headers | undefined): boolean {
    const id = headers?.id
    if (typeof id !== 'string') return true
    if (this.#finished.has(id)) {
      this.#drop({ delivery, index })
      return false
    }
    const copies = this.#atWork.get(id)
    if (copies === undefined) this.#atWork.set(id, [])
    else copies.push({ delivery, index })
    return copies === undefined
  }

  #drop({ delivery, index }: Copy): void {
    this.#duplicate()
    delivery.settle(index, 'delivered')
  }

  #keep(id: string): void {
    this.#finished.add(id)
    if (this.#finished.size <= this.#remember) return
    const [oldest] = this.#finished
    if (oldest !== undefined) this.#finished.delete(oldest)
  }
}

/** The delivery that came, of one that may be a part of it. */
export function wholeOf(delivery: Delivery): Partial<Pick<BatchDelivery, 'reception'>> {
  if (delivery instanceof SiftedDelivery) return delivery.whole
  return delivery instanceof BatchDelivery ? delivery : {}
}

/** The part of a delivery that is handled; how its messages end is remembered. */
export class SiftedDelivery implements Delivery {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
  readonly whole: BatchDelivery
  readonly #at: readonly number[]
  readonly #dedupe: Dedupe

  constructor(whole: BatchDelivery, at: readonly number[], dedupe: Dedupe) {
    this.values = at.map((index) => whole.values[index])
    this.headers = at.map((index) => whole.headers?.[index])
    this.redelivered = whole.redelivered
    this.whole = whole
    this.#at = at
    this.#dedupe = dedupe
  }

  signal(): undefined {
    return undefined
  }

  handled(index: number): boolean {
    return this.whole.handled(this.#at[index] as number)
  }

  settle(index: number, outcome: Outcome, error?: Error): void {
    this.whole.settle(this.#at[index] as number, outcome, error)
    this.#dedupe.ended(this.headers?.[index]?.id, outcome)
  }
}
