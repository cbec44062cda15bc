/** Requests that are handed over together. */
import type { Delivery, Headers, Outcome } from '@sluice/core'
import type { Served } from './served.ts'

/** Whoever sends the answers. */
export interface Settler {
  settle(served: Served, outcome: Outcome, error: Error | undefined, reply: unknown): void
}

/** What a delivery shows of its requests. */
interface Shown {
  readonly values: readonly unknown[]
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
}

/** Requests of one or several requesters, each settled once by its place. */
export class ServedDelivery implements Delivery {
  readonly #served: readonly Served[]
  readonly #settler: Settler
  /** Made when somebody asks: a replier with a handler does not. */
  #shown: Shown | undefined

  constructor(served: readonly Served[], settler: Settler) {
    this.#served = served
    this.#settler = settler
  }

  /** How many requests these are. */
  get count(): number {
    return this.#served.length
  }

  get requests(): readonly Served[] {
    return this.#served
  }

  get values(): readonly unknown[] {
    return (this.#shown ??= shown(this.#served)).values
  }

  get headers(): readonly (Headers | undefined)[] | undefined {
    return (this.#shown ??= shown(this.#served)).headers
  }

  get redelivered(): boolean {
    return (this.#shown ??= shown(this.#served)).redelivered
  }

  signal(index: number): AbortSignal | undefined {
    return this.#served[index]?.signal
  }

  stale(index: number): boolean {
    return this.#served[index]?.cancelled ?? false
  }

  /** Somebody waits for each answer. */
  handled(): boolean {
    return true
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

function shown(served: readonly Served[]): Shown {
  const hasHeaders = served.some(({ given }) => given !== undefined)
  return {
    values: served.map(({ value }) => value),
    headers: hasHeaders ? served.map(({ given }) => given) : undefined,
    redelivered: hasHeaders && served.some(({ attempt }) => attempt > 1),
  }
}
