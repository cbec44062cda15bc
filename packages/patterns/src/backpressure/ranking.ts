/** Receivers by their credit, the largest first: kept in order as it changes, however many there are. Pure. */

/** Something with credit. */
export interface Ranked {
  readonly credit: number
}

/** A heap with the largest credit on top. `moved` is told of every change. */
export class Ranking<T extends Ranked> {
  readonly #heap: T[] = []
  readonly #places = new Map<T, number>()
  /** The credit by which each stands where it stands. */
  readonly #known: number[] = []
  #open = 0

  /** How many have any credit. */
  get open(): number {
    return this.#open
  }

  /** The one with the most. */
  get first(): T | undefined {
    return this.#heap[0]
  }

  /** The credit of the one that comes next. */
  get second(): number {
    return Math.max(this.#known[1] ?? 0, this.#known[2] ?? 0)
  }

  /** In no particular order. */
  [Symbol.iterator](): IterableIterator<T> {
    return this.#heap.values()
  }

  add(one: T): void {
    this.#put(one, one.credit, this.#heap.length)
    if (one.credit > 0) this.#open++
    this.#up(this.#heap.length - 1)
  }

  remove(one: T): void {
    const at = this.#places.get(one)
    if (at === undefined) return
    if ((this.#known[at] ?? 0) > 0) this.#open--
    this.#places.delete(one)
    const last = this.#heap.pop()
    const credit = this.#known.pop() ?? 0
    if (last === undefined || last === one) return
    this.#put(last, credit, at)
    this.#down(this.#up(at))
  }

  /** The credit of one has changed. */
  moved(one: T): void {
    const at = this.#places.get(one)
    if (at === undefined) return
    const before = this.#known[at] ?? 0
    const { credit } = one
    if (before === credit) return
    this.#known[at] = credit
    if (before > 0 !== credit > 0) this.#open += credit > 0 ? 1 : -1
    if (credit > before) this.#up(at)
    else this.#down(at)
  }

  #put(one: T, credit: number, at: number): void {
    this.#heap[at] = one
    this.#known[at] = credit
    this.#places.set(one, at)
  }

  #up(from: number): number {
    let at = from
    while (at > 0) {
      const parent = (at - 1) >> 1
      if ((this.#known[parent] ?? 0) >= (this.#known[at] ?? 0)) break
      this.#swap(at, parent)
      at = parent
    }
    return at
  }

  #down(from: number): void {
    let at = from
    for (;;) {
      const left = 2 * at + 1
      const right = left + 1
      if (left >= this.#heap.length) return
      const larger = (this.#known[right] ?? -1) > (this.#known[left] ?? 0) ? right : left
      if ((this.#known[larger] ?? 0) <= (this.#known[at] ?? 0)) return
      this.#swap(at, larger)
      at = larger
    }
  }

  #swap(a: number, b: number): void {
    const one = this.#heap[a]
    const other = this.#heap[b]
    if (one === undefined || other === undefined) return
    const credit = this.#known[a] ?? 0
    this.#put(other, this.#known[b] ?? 0, a)
    this.#put(one, credit, b)
  }
}
