/** Chance that can be had again: the same seed gives the same numbers. */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1
  }

  /** A whole number from 0 up to `below`, which it is never. */
  below(below: number): number {
    // xorshift32
    let state = this.#state
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    this.#state = state >>> 0
    return this.#state % below
  }

  pick<T>(many: readonly T[]): T {
    return many[this.below(many.length)]!
  }
}
