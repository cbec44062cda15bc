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
  /** Every sender that ever came, and whether it has ended. */
  readonly #senders = new Map<string, boolean>()
  #noMore = false

  /** `expected` is how many senders have to end; undefined: all that ever come. */
  constructor(expected: number | undefined) {
    this.#expected = expected
  }

  open(sender: string): void {
    this.#senders.set(sender, false)
  }

  end(sender: string): void {
    this.#senders.set(sender, true)
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
    const here = new Map<string, boolean>()
    for (const one of present) here.set(one.sender, (here.get(one.sender) ?? true) && done(one))
    if (this.#noMore) return [...here.values()].every(Boolean)
    let count = 0
    for (const [sender, ended] of this.#senders) if (here.get(sender) ?? ended) count++
    return this.#expected === undefined
      ? this.#senders.size > 0 && count === this.#senders.size
      : count >= this.#expected
  }
}
