/** When no more requests come: ends are counted, each requester's once (RR-11). Pure. */
import type { Asker } from './asker.ts'

/** Counts the requesters that have ended. */
export class RequestersEnd {
  readonly #expected: number | undefined
  readonly #askers: ReadonlyMap<unknown, Asker>
  /** Identities that have ended; a requester without one is its connection. */
  readonly #ended = new Set<string | Asker>()
  #gone = false

  /** `expected` requesters have to end; without it, all that ever came. */
  constructor(expected: number | undefined, askers: ReadonlyMap<unknown, Asker>) {
    this.#expected = expected
    this.#askers = askers
  }

  add(who: string | Asker): void {
    this.#ended.add(who)
  }

  /** The requesters are gone: no end of theirs is still to come. */
  noMore(): void {
    this.#gone = true
  }

  get over(): boolean {
    if (this.#gone) return true
    if (this.#expected !== undefined) return this.#ended.size >= this.#expected
    if (this.#ended.size === 0) return false
    for (const asker of this.#askers.values()) if (!asker.ended) return false
    return true
  }
}
