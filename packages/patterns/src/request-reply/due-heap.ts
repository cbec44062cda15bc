/** What is due next: a heap whose members know their place, so that any of them can be taken out. Pure. */

/** Something with a time at which it is due. `place` belongs to the heap: −1 while it is in none. */
export interface Due {
  due: number
  place: number
}

/** Members in order of `due`: the earliest is first, and adding or removing one takes logarithmic time. */
export class DueHeap<T extends Due> {
  readonly #members: T[] = []

  get size(): number {
    return this.#members.length
  }

  /** The member that is due first. */
  first(): T | undefined {
    return this.#members[0]
  }

  /** Puts a member in at its time, or moves it there. */
  set(member: T, due: number): void {
    member.due = due
    if (member.place < 0) {
      member.place = this.#members.length
      this.#members.push(member)
    }
    this.#rise(member)
    this.#sink(member)
  }

  /** Takes a member out, if it is in. */
  remove(member: T): void {
    const { place } = member
    if (place < 0) return
    member.place = -1
    const last = this.#members.pop()
    if (last === undefined || last === member) return
    this.#put(last, place)
    this.#rise(last)
    this.#sink(last)
  }

  #rise(member: T): void {
    for (;;) {
      const above = this.#members[(member.place - 1) >> 1]
      if (member.place === 0 || above === undefined || above.due <= member.due) return
      this.#swap(member, above)
    }
  }

  #sink(member: T): void {
    for (;;) {
      const left = this.#members[2 * member.place + 1]
      const right = this.#members[2 * member.place + 2]
      const below = left !== undefined && right !== undefined && right.due < left.due ? right : left
      if (below === undefined || below.due >= member.due) return
      this.#swap(member, below)
    }
  }

  #swap(a: T, b: T): void {
    const place = a.place
    this.#put(a, b.place)
    this.#put(b, place)
  }

  #put(member: T, place: number): void {
    member.place = place
    this.#members[place] = member
  }
}
