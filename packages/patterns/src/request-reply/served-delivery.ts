/** Requests that are handed over together. */
import type { Delivery, Headers, Outcome } from '@sluice/core'
import type { Served } from './served.ts'

/** Whoever sends the answers. */
export interface Settler {
  settle(served: Served, outcome: Outcome, error: Error | undefined, reply: unknown): void
}

/** Requests of one or several requesters, each settled once by its place. */
export class ServedDelivery implements Delivery {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
  readonly #served: readonly Served[]
  readonly #settler: Settler

  constructor(served: readonly Served[], settler: Settler) {
    this.#served = served
    this.#settler = settler
    this.values = served.map((each) => each.value)
    this.headers = served.some((each) => each.given !== undefined)
      ? served.map((each) => each.given)
      : undefined
    this.redelivered = served.some((each) => each.attempt > 1)
  }

  signal(index: number): AbortSignal | undefined {
    return this.#served[index]?.signal
  }

  /** What a handler is told beside the message. */
  context(index: number): Served | undefined {
    return this.#served[index]
  }

  settle(index: number, outcome: Outcome, error?: Error, reply?: unknown): void {
    const served = this.#served[index]
    if (served !== undefined) this.#settler.settle(served, outcome, error, reply)
  }
}
