/** Calls by their numbers. Pure. */
import type { Correlation } from './packets.ts'

/** What can be found here. `behind` belongs to the table. */
export interface Numbered<T> {
  readonly id: number
  behind: T | undefined
}

const leastSlots = 8

/**
 * Finds members by numbers that were given in turn, so that they spread by themselves. A Map makes a new table each time that
 * its last member leaves, as it does with every request that is alone.
 */
export class CallTable<T extends Numbered<T>> {
  /** Members whose numbers end alike, one behind the other. */
  #slots = new Array<T | undefined>(leastSlots).fill(undefined)
  #size = 0

  get size(): number {
    return this.#size
  }

  get(id: Correlation): T | undefined {
    if (typeof id !== 'number') return undefined
    let member = this.#slots[id & (this.#slots.length - 1)]
    while (member !== undefined && member.id !== id) member = member.behind
    return member
  }

  /** Puts in a member whose number is not here yet. */
  add(member: T): void {
    if (this.#size === this.#slots.length) this.#grow()
    this.#put(member)
    this.#size++
  }

  /** Takes a member out; says whether it was in. */
  delete(member: T): boolean {
    const at = member.id & (this.#slots.length - 1)
    let before: T | undefined
    let found = this.#slots[at]
    while (found !== undefined && found !== member) {
      before = found
      found = found.behind
    }
    if (found === undefined) return false
    if (before === undefined) this.#slots[at] = member.behind
    else before.behind = member.behind
    member.behind = undefined
    this.#size--
    return true
  }

  /** All that are here now, in order of their numbers. */
  all(): T[] {
    const all: T[] = []
    for (let member of this.#slots) for (; member !== undefined; member = member.behind) all.push(member)
    return all.sort((one, other) => one.id - other.id)
  }

  #put(member: T): void {
    const at = member.id & (this.#slots.length - 1)
    member.behind = this.#slots[at]
    this.#slots[at] = member
  }

  #grow(): void {
    const members = this.all()
    this.#slots = new Array<T | undefined>(this.#slots.length * 2).fill(undefined)
    for (const member of members) this.#put(member)
  }
}
