/** A receiver whose messages are finished by the test, one by one and when it likes. */
import type { Delivery, LinkReceiver, Outcome } from '@sluice/core'

/** A message that was handed over. */
export interface Handed {
  readonly value: unknown
  readonly redelivered: boolean
  readonly headers: Readonly<Record<string, unknown>> | undefined
  settle(outcome?: Outcome, error?: Error): void
}

/** Keeps what is handed over until it is told how it ended. */
export class ByHand {
  /** Everything that was handed over, in order. */
  readonly handed: Handed[] = []
  last = false
  #open = 0
  #waiting: (() => void)[] = []

  constructor(receiver: LinkReceiver) {
    receiver.start(
      (delivery) => this.#take(delivery),
      () => {
        this.last = true
        this.#tell()
      },
    )
  }

  /** Messages handed over and not settled. */
  get held(): number {
    return this.#open
  }

  values(): unknown[] {
    return this.handed.map(({ value }) => value)
  }

  /** Resolves once `count` messages have been handed over in all. */
  async has(count: number): Promise<void> {
    await this.until(() => this.handed.length >= count)
  }

  /** Resolves once the condition holds; it is looked at whenever something comes. */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#waiting.push(resolve)
      await promise
    }
  }

  #take(delivery: Delivery): void {
    for (const [index, value] of delivery.values.entries()) {
      this.#open++
      this.handed.push({
        value,
        redelivered: delivery.redelivered,
        headers: delivery.headers?.[index],
        settle: (outcome = 'delivered', error) => {
          this.#open--
          delivery.settle(index, outcome, error)
        },
      })
    }
    this.#tell()
  }

  #tell(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** Resolves once the condition holds; it is looked at in every turn of the event loop. */
export async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1))
}

/** Resolves after a few turns of the event loop in which something that should not happen could have happened. */
export async function aWhile(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setTimeout(resolve, 1))
}
