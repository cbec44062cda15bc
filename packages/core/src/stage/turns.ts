/** Keeps what is emitted in the order of what came in, while several messages are at work. Pure. */

/**
 * Gives out places in a line; whoever is ready before its turn is parked until all before it are through, and whoever
 * leaves the line gives up its place.
 */
export class Turns<T extends { readonly place: number }> {
  /** By place, around a ring. It grows where places that were given up make the line longer than those in it. */
  #seats: (T | undefined)[]
  readonly #givenUp = new Set<number>()
  #given = 0
  #turn = 0

  /** `most` is how many are in the line at once. */
  constructor(most: number) {
    this.#seats = emptySeats(2 ** Math.ceil(Math.log2(most)))
  }

  /** Takes the next place. */
  give(): number {
    return this.#given++
  }

  isAt(place: number): boolean {
    return place === this.#turn
  }

  park(waiting: T): void {
    while (this.#seats[this.#seatOf(waiting.place)] !== undefined) this.#grow()
    this.#seats[this.#seatOf(waiting.place)] = waiting
  }

  /** Whoever had the turn is through. */
  pass(): void {
    this.#turn++
    while (this.#givenUp.size > 0 && this.#givenUp.delete(this.#turn)) this.#turn++
  }

  /** Whoever had this place, and was not parked, has left the line. */
  giveUp(place: number): void {
    if (place === this.#turn) this.pass()
    else this.#givenUp.add(place)
  }

  /** Takes out whoever is parked and has the turn now. */
  next(): T | undefined {
    const at = this.#seatOf(this.#turn)
    const waiting = this.#seats[at]
    if (waiting?.place !== this.#turn) return undefined
    this.#seats[at] = undefined
    return waiting
  }

  #seatOf(place: number): number {
    return place & (this.#seats.length - 1)
  }

  #grow(): void {
    const before = this.#seats
    this.#seats = emptySeats(before.length * 2)
    for (const waiting of before)
      if (waiting !== undefined) this.#seats[this.#seatOf(waiting.place)] = waiting
  }
}

function emptySeats<T>(seats: number): (T | undefined)[] {
  return new Array<T | undefined>(seats).fill(undefined)
}
