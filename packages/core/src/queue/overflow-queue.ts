/** A bounded queue that says what happens to a value for which there is no room. */
import { Deque } from './deque.ts'

/**
 * What a full queue does.
 * `suspend`: takes nothing, the caller waits for room. `reject`: takes nothing, the caller gets the value back as an error.
 * `drop-newest`: loses the value that came. `drop-oldest`: loses the value that waited longest.
 */
export type Overflow = 'suspend' | 'reject' | 'drop-newest' | 'drop-oldest'

/** How an offer went: whether the value is in the queue now, and which value was lost for it. */
export interface Offered<T> {
  readonly taken: boolean
  /** Lost for good: the value itself under `drop-newest`, the first one under `drop-oldest`. */
  readonly dropped: T | undefined
}

const taken: Offered<never> = Object.freeze({ taken: true, dropped: undefined })
const refused: Offered<never> = Object.freeze({ taken: false, dropped: undefined })

/**
 * Holds at most `capacity` values in order. Pure: under `suspend` and `reject` it only answers that
 * nothing was taken, and whoever asked does the waiting or the throwing.
 */
export class OverflowQueue<T> {
  readonly capacity: number
  readonly overflow: Overflow
  readonly #values = new Deque<T>()

  constructor(capacity: number, overflow: Overflow) {
    this.capacity = capacity
    this.overflow = overflow
  }

  get length(): number {
    return this.#values.length
  }

  /** How many more values fit. */
  get room(): number {
    return Math.max(0, this.capacity - this.#values.length)
  }

  /** Puts a value at the end, if there is room or room is made. */
  offer(value: T): Offered<T> {
    if (this.#values.length < this.capacity) {
      this.#values.push(value)
      return taken
    }
    if (this.overflow === 'drop-newest') return { taken: false, dropped: value }
    if (this.overflow !== 'drop-oldest') return refused
    const dropped = this.#values.shift()
    this.#values.push(value)
    return { taken: true, dropped }
  }

  /** Puts a value back at the front, over the bound if need be: it had been taken before. */
  restore(value: T): void {
    this.#values.unshift(value)
  }

  /** Takes the first value away. */
  shift(): T | undefined {
    return this.#values.shift()
  }

  /** The first value, left where it is. */
  first(): T | undefined {
    return this.#values.first()
  }

  /** Takes all values away, in order. */
  clear(): T[] {
    const values = [...this.#values]
    this.#values.clear()
    return values
  }
}
