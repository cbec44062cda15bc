/** What a checker is: a promise that is looked for in a log, by itself and after the fact. */
import type { SimulationEvent } from '../event.ts'

/** Where a promise was not kept. */
export interface Violation {
  /** The name of the checker that saw it. */
  readonly checker: string
  readonly at: number
  readonly text: string
}

/** Finds what breaks one promise. Pure: the log is all that it knows. */
export type Checker = (events: readonly SimulationEvent[]) => Violation[]

/** Collects what one checker finds. */
export class Findings {
  readonly violations: Violation[] = []
  readonly #checker: string

  constructor(checker: string) {
    this.#checker = checker
  }

  add({ at, machine }: Pick<SimulationEvent, 'at' | 'machine'>, text: string): void {
    this.violations.push({ checker: this.#checker, at, text: `${machine}: ${text}` })
  }
}

/** A map that makes what it does not have. */
export class Made<K, V> extends Map<K, V> {
  readonly #make: (key: K) => V

  constructor(make: (key: K) => V) {
    super()
    this.#make = make
  }

  override get(key: K): V {
    let value = super.get(key)
    if (value === undefined) {
      value = this.#make(key)
      this.set(key, value)
    }
    return value
  }
}
