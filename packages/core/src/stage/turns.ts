/** Keeps what is emitted in the order of what came in, while several messages are at work. Pure. */

/** Gives out places in a line; whoever is ready before its turn is parked until all before it are through. */
export class Turns<T extends { readonly place: number }> {
  readonly #parked = new Map<number, T>()
  #given = 0
  #turn = 0

  /** Takes the next place. */
  give(): number {
    return this.#given++
  }

  isAt(place: number): boolean {
    return place === this.#turn
  }

  park(waiting: T): void {
    this.#parked.set(waiting.place, waiting)
  }

  /** Whoever had the turn is through. */
  pass(): void {
    this.#turn++
  }

  /** Takes out whoever is parked and has the turn now. */
  next(): T | undefined {
    const waiting = this.#parked.get(this.#turn)
    if (waiting !== undefined) this.#parked.delete(this.#turn)
    return waiting
  }
}
