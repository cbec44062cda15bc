/** Who sends, who has ended, and when nobody sends any more. Pure. */

/** What is known of a sender that is there. */
export interface Present {
  readonly sender: string
  /** Nothing follows what has come. */
  readonly complete: boolean
  /** It has ended, and everything is settled. */
  readonly ended: boolean
}

/** Remembers the senders by their labels, which stay the same over a restart. */
export class Roll {
  readonly #expected: number | undefined
  /** Those that came and have not ended. */
  readonly #open = new Set<string>()
  /** Those that have, as far as they are counted. */
  readonly #ended = new Set<string>()
  #anybody = false
  #noMore = false

  /** `expected` is how many senders have to end; undefined: all that ever come. */
  constructor(expected: number | undefined) {
    this.#expected = expected
  }

  open(sender: string): void {
    this.#anybody = true
    this.#ended.delete(sender)
    this.#open.add(sender)
  }

  end(sender: string): void {
    this.#open.delete(sender)
    if (this.#expected !== undefined) this.#ended.add(sender)
  }

  /** A sender has left for good without an end: it counts as ended, unless it is known who is to come. */
  leave(sender: string): void {
    if (this.#expected === undefined) this.end(sender)
  }

  /** Nobody comes any more, and who is gone stays away. */
  noMore(): void {
    this.#noMore = true
  }

  /** Whether all senders have ended. */
  ended(present: Iterable<Present>): boolean {
    return this.#all(present, (one) => one.ended)
  }

  /** Whether the last message has come, ended or not. */
  complete(present: Iterable<Present>): boolean {
    return this.#all(present, (one) => one.complete || one.ended)
  }

  #all(present: Iterable<Present>, done: (one: Present) => boolean): boolean {
    const finished = new Set<string>()
    const busy = new Set<string>()
    for (const one of present) {
      // Where all have to be done, the first that is not decides: there may be thousands behind it.
      if (!done(one) && this.#waitsFor(one)) return false
      ;(done(one) ? finished : busy).add(one.sender)
    }
    if (this.#noMore) return true
    const missing = [...this.#open].filter((sender) => busy.has(sender) || !finished.has(sender))
    if (this.#expected === undefined) return this.#anybody && missing.length === 0
    return this.#ended.size + this.#open.size - missing.length >= this.#expected
  }

  /** Whether nothing is over before this one is. */
  #waitsFor({ sender }: Present): boolean {
    return this.#noMore || (this.#expected === undefined && this.#open.has(sender))
  }
}
