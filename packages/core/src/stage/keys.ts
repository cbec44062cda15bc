/** Keeps messages of one key one after another. Pure. */
import { Deque } from '../queue/deque.ts'

/** Gives each key to one holder at a time; the others wait in the order in which they came. */
export class Keys<T> {
  readonly #keyOf: (message: never) => unknown
  /** The keys that are taken, and who waits for each. */
  readonly #taken = new Map<unknown, Deque<T> | undefined>()
  #waiting = 0

  constructor(keyOf: (message: never) => unknown) {
    this.#keyOf = keyOf
  }

  /** Holders that wait for their key. */
  get waiting(): number {
    return this.#waiting
  }

  /** Messages whose key cannot be told share the key `undefined`: they are handled all the same, one after another. */
  of(message: unknown): unknown {
    try {
      return this.#keyOf(message as never)
    } catch {
      return undefined
    }
  }

  /** True when the key was free and is now taken; else `holder` waits for it. */
  claim(key: unknown, holder: T): boolean {
    if (!this.#taken.has(key)) {
      this.#taken.set(key, undefined)
      return true
    }
    const waiting = this.#taken.get(key) ?? new Deque<T>()
    waiting.push(holder)
    this.#waiting++
    this.#taken.set(key, waiting)
    return false
  }

  /** Whoever had the key is done; returns who has it now. */
  release(key: unknown): T | undefined {
    const next = this.#taken.get(key)?.shift()
    if (next === undefined) this.#taken.delete(key)
    else this.#waiting--
    return next
  }
}
