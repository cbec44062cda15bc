/** A queue with two ends. */

/** Holds values in order in a ring that doubles when full; both ends are reached in constant time. */
export class Deque<T> {
  #ring: (T | undefined)[] = new Array<T | undefined>(8)
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(value: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = value
    this.#length++
  }

  unshift(value: T): void {
    if (this.#length === this.#ring.length) this.#grow()
    this.#head = (this.#head - 1) & (this.#ring.length - 1)
    this.#ring[this.#head] = value
    this.#length++
  }

  /** Takes the first value away. */
  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const value = this.#ring[this.#head]
    this.#ring[this.#head] = undefined
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return value
  }

  /** Takes the last value away. */
  pop(): T | undefined {
    if (this.#length === 0) return undefined
    const at = (this.#head + --this.#length) & (this.#ring.length - 1)
    const value = this.#ring[at]
    this.#ring[at] = undefined
    return value
  }

  first(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head]
  }

  /** The value at a place counted from the front, or undefined beyond the end. */
  at(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined
    return this.#ring[(this.#head + index) & (this.#ring.length - 1)]
  }

  /** Takes out and returns the value at a place, keeping the order of the others. */
  removeAt(index: number): T | undefined {
    if (index < 0 || index >= this.#length) return undefined
    const value = this.at(index)
    const mask = this.#ring.length - 1
    for (let i = index; i < this.#length - 1; i++) {
      this.#ring[(this.#head + i) & mask] = this.#ring[(this.#head + i + 1) & mask]
    }
    this.pop()
    return value
  }

  clear(): void {
    this.#ring = new Array<T | undefined>(8)
    this.#head = 0
    this.#length = 0
  }

  *[Symbol.iterator](): IterableIterator<T> {
    for (let i = 0; i < this.#length; i++) yield this.at(i) as T
  }

  #grow(): void {
    const old = this.#ring
    const ring = new Array<T | undefined>(old.length * 2)
    for (let i = 0; i < this.#length; i++) ring[i] = old[(this.#head + i) & (old.length - 1)]
    this.#ring = ring
    this.#head = 0
  }
}
