/** Keeps what is emitted in the order of what came in, while several messages are at work. Pure. */

/** Gives out places in a line; whoever is ready before its turn is parked until all before it are through. */
export class Turns<T extends { readonly place: number }> {
  /** By place, around a ring: no two that are in the line at once share a seat. */
  readonly #seats: (T | undefined)[]
  readonly #mask: number
  #given = 0
  #turn = 0

  /** `most` is how many are in the line at once. */
  constructor(most: number) {
    const seats = 2 ** Math.ceil(Math.log2(most))
    this.#seats = new Array<T | undefined>(seats).fill(undefined)
    this.#mask = seats - 1
  }

  /** Takes the next place. */
  give(): number {
    return this.#given++
  }

  isAt(place: number): boolean {
    return place === this.#turn
  }

  park(waiting: T): void {
    this.#seats[waiting.place & this.#mask] = waiting
  }

  /** Whoever had the turn is through. */
  pass(): void {
    this.#turn++
  }

  /** Takes out whoever is parked and has the turn now. */
  next(): T | undefined {
    const at = this.#turn & this.#mask
    const waiting = this.#seats[at]
    if (waiting?.place !== this.#turn) return undefined
    this.#seats[at] = undefined
    return waiting
  }
}
