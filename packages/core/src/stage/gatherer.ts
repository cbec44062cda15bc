/** Gathers messages into batches in front of a batch stage. */
import type { Timer } from '../clock.ts'
import type { Headers, Outcome } from '../link/link.ts'
import type { BatchSettings } from '../pipeline/graph.ts'
import { Deque } from '../queue/deque.ts'
import { Chain } from './chain.ts'
import type { Origin } from './chain.ts'
import { deadlineOf, leftUntil } from './deadline.ts'
import type { Entry } from './entry.ts'
import type { Executor } from './executor.ts'
import type { StageStats } from './host.ts'
import type { Scope } from './scope.ts'

interface Gathered {
  readonly value: unknown
  readonly headers: Headers | undefined
  readonly chain: Chain | undefined
}

interface Waiting extends Gathered {
  taken(): void
}

const noHeaders: Headers = Object.freeze({})

/**
 * Hands a batch on when it is full, when its first message has waited `withinMs`, and at the end.
 * While no handler is free, one batch is held and no more is taken.
 */
export class Gatherer implements Entry {
  onRoom: (() => void) | undefined
  readonly #executor: Executor
  readonly #batch: BatchSettings
  readonly #scope: Scope
  #gathered: Gathered[] = []
  readonly #waiting = new Deque<Waiting>()
  #timer: Timer | undefined
  /** Settles when the batch that waits for a handler was taken. */
  #held: Promise<void> | undefined
  /** The time of what was gathered has come while a batch was held. */
  #isDue = false
  /** Nobody is worth waiting for. */
  #isLull = false

  constructor(executor: Executor, batch: BatchSettings, scope: Scope) {
    this.#executor = executor
    this.#batch = batch
    this.#scope = scope
  }

  get hasRoom(): boolean {
    return this.#held === undefined && this.#waiting.length === 0
  }

  offer(value: unknown, headers: Headers | undefined, chain: Chain | undefined): true | Promise<void> {
    chain?.begin()
    if (this.hasRoom) {
      this.#gather({ value, headers, chain })
      return true
    }
    return new Promise((taken) => this.#waiting.push({ value, headers, chain, taken }))
  }

  lull(): void {
    this.#isLull = true
    if (this.#gathered.length > 0) this.#due()
  }

  async finish(): Promise<void> {
    while (this.#held !== undefined || this.#gathered.length > 0) {
      if (this.#held === undefined) this.#send()
      await this.#held
    }
    await this.#executor.finish()
  }

  stats(held: number): StageStats {
    return this.#executor.stats(held + this.#gathered.length + this.#waiting.length)
  }

  #gather(message: Gathered): void {
    this.#gathered.push(message)
    if (this.#isLull || this.#gathered.length >= this.#batch.size) this.#send()
    else if (this.#gathered.length === 1) {
      this.#timer = this.#scope.after(this.#batch.withinMs, () => this.#due())
    }
  }

  #due(): void {
    if (this.#held === undefined) this.#send()
    else this.#isDue = true
  }

  #send(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#isDue = false
    const batch = this.#onTime(this.#gathered)
    this.#gathered = []
    if (batch.length === 0) return
    const chains = batch.flatMap(({ chain }) => chain ?? [])
    const whole = new Chain(
      new BatchOrigin(chains),
      0,
      chains.length > 0 && chains.every(({ early }) => early),
    )
    const taken = this.#executor.offer(
      batch.map(({ value }) => value),
      batch.map(({ headers }) => headers ?? noHeaders),
      whole,
    )
    if (taken !== true) this.#held = taken.then(() => this.#freed())
  }

  /** Leaves out, and ends, what is not worth handling any more. */
  #onTime(gathered: Gathered[]): Gathered[] {
    const { clock } = this.#scope
    const isLate = ({ headers }: Gathered): boolean => leftUntil(deadlineOf(headers), clock) <= 0
    if (!gathered.some(isLate)) return gathered
    for (const late of gathered.filter(isLate))
      this.#executor.attempts.turnAway(late.value, late.headers, late.chain)
    return gathered.filter((one) => !isLate(one))
  }

  #freed(): void {
    this.#held = undefined
    if (this.#isDue) this.#send()
    while (this.#held === undefined && this.#waiting.length > 0) {
      const message = this.#waiting.shift()
      if (message === undefined) break
      this.#gather(message)
      message.taken()
    }
    if (this.hasRoom) this.onRoom?.()
  }
}

/** Stands behind a batch: when the batch has ended, so has each of its messages. */
class BatchOrigin implements Origin {
  readonly redelivered: boolean
  readonly #chains: readonly Chain[]

  constructor(chains: readonly Chain[]) {
    this.#chains = chains
    this.redelivered = chains.some((chain) => chain.redelivered)
  }

  /** One message that is called off does not call off the others. */
  signal(): undefined {
    return undefined
  }

  handled(): void {}

  settle(_index: number, outcome: Outcome, error: Error | undefined): void {
    for (const chain of this.#chains) chain.end(outcome, error)
  }
}
