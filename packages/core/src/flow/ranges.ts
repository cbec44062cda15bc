/** Sets of sequence numbers, kept as ranges: what an ack says. */

/** The sequence numbers from `first` to `last`, both included. */
export type Range = readonly [first: number, last: number]

/** A set of sequence numbers in ascending ranges that neither touch nor overlap. Growing at the end costs constant time. */
export class RangeSet {
  #firsts: number[] = []
  #lasts: number[] = []
  #count = 0

  /** Sequence numbers in the set. */
  get count(): number {
    return this.#count
  }

  /** Ranges in the set. */
  get size(): number {
    return this.#firsts.length
  }

  /** The lowest range. */
  first(): Range | undefined {
    return this.at(0)
  }

  at(index: number): Range | undefined {
    const first = this.#firsts[index]
    const last = this.#lasts[index]
    return first === undefined || last === undefined ? undefined : [first, last]
  }

  has(sequence: number): boolean {
    const at = this.#firstEndingAtOrAfter(sequence)
    const first = this.#firsts[at]
    return first !== undefined && first <= sequence
  }

  /** Adds a range; returns how many of its numbers were not in the set before. */
  add(first: number, last: number): number {
    const end = this.#lasts.length - 1
    // An element before the first would be looked for by name.
    const endsAt = end < 0 ? undefined : this.#lasts[end]
    if (endsAt !== undefined && first === endsAt + 1) {
      this.#lasts[end] = last
      this.#count += last - first + 1
      return last - first + 1
    }
    if (endsAt === undefined || first > endsAt) {
      this.#firsts.push(first)
      this.#lasts.push(last)
      this.#count += last - first + 1
      return last - first + 1
    }
    return this.#merge(first, last)
  }

  /** The parts of a range that are not in the set, ascending. */
  missing(first: number, last: number): Range[] {
    const missing: Range[] = []
    let from = first
    for (let at = this.#firstEndingAtOrAfter(first); from <= last; at++) {
      const start = this.#firsts[at]
      if (start === undefined || start > last) break
      if (start > from) missing.push([from, start - 1])
      from = (this.#lasts[at] ?? last) + 1
    }
    if (from <= last) missing.push([from, last])
    return missing
  }

  /** Takes every number below `sequence` out. */
  removeBelow(sequence: number): void {
    let whole = 0
    while (whole < this.#firsts.length && (this.#lasts[whole] ?? 0) < sequence) {
      this.#count -= (this.#lasts[whole] ?? 0) - (this.#firsts[whole] ?? 0) + 1
      whole++
    }
    if (whole > 0) {
      this.#firsts.splice(0, whole)
      this.#lasts.splice(0, whole)
    }
    const first = this.#firsts[0]
    if (first !== undefined && first < sequence) {
      this.#count -= sequence - first
      this.#firsts[0] = sequence
    }
  }

  clear(): void {
    this.#firsts = []
    this.#lasts = []
    this.#count = 0
  }

  /** The ranges, ascending. */
  ranges(): Range[] {
    return this.#firsts.map((first, at) => [first, this.#lasts[at] ?? first])
  }

  #merge(first: number, last: number): number {
    // The ranges from `from` to `to` (excluded) touch or overlap the new one and become one with it.
    const from = this.#firstEndingAtOrAfter(first - 1)
    let to = from
    let lowest = first
    let highest = last
    let swallowed = 0
    while (to < this.#firsts.length && (this.#firsts[to] ?? 0) <= last + 1) {
      const start = this.#firsts[to] ?? 0
      const end = this.#lasts[to] ?? 0
      swallowed += end - start + 1
      lowest = Math.min(lowest, start)
      highest = Math.max(highest, end)
      to++
    }
    this.#firsts.splice(from, to - from, lowest)
    this.#lasts.splice(from, to - from, highest)
    const added = highest - lowest + 1 - swallowed
    this.#count += added
    return added
  }

  #firstEndingAtOrAfter(sequence: number): number {
    let low = 0
    let high = this.#lasts.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#lasts[middle] ?? 0) < sequence) low = middle + 1
      else high = middle
    }
    return low
  }
}
