/** Virtual time: what is due, in order, and the turns between two things that are due. */
import type { Timer } from '@sluice/core'

interface Due {
  readonly at: number
  /** Of two that are due at once, the one that was asked for first is first. */
  readonly order: number
  run: (() => void) | undefined
}

/** Turns in a row without time passing after which something goes round in circles. */
const mostTurns = 10_000

/** Keeps the time, which passes only from one thing that is due to the next. */
export class Timeline {
  readonly #heap: Due[] = []
  #turns: (() => void)[] = []
  #now = 0
  #order = 0
  #live = 0

  /** Milliseconds since the beginning. */
  get now(): number {
    return this.#now
  }

  /** When the next thing is due; Infinity when nothing is. */
  get next(): number {
    this.#prune()
    return this.#heap[0]?.at ?? Infinity
  }

  /** How many things are due some time. */
  get size(): number {
    return this.#live
  }

  after(delayMs: number, run: () => void): Timer {
    const due: Due = { at: this.#now + Math.max(0, delayMs), order: this.#order++, run }
    this.#push(due)
    this.#live++
    return {
      cancel: () => {
        if (due.run === undefined) return
        due.run = undefined
        this.#live--
      },
    }
  }

  /** Runs something after all that is ready now. */
  turn(run: () => void): void {
    this.#turns.push(run)
  }

  /** Does the next thing that is due, and sees all that follows from it through, without time passing. */
  async step(): Promise<boolean> {
    this.#prune()
    const due = this.#pop()
    if (due?.run === undefined) return false
    const { run } = due
    due.run = undefined
    this.#live--
    this.#now = due.at
    run()
    await this.settle()
    return true
  }

  /** Lets time pass with nothing due in it. */
  skipTo(at: number): void {
    if (at > this.#now && at <= this.next) this.#now = at
  }

  /** Resolves when every promise that can settle without time passing has settled. */
  async settle(): Promise<void> {
    for (let turns = 0; ; turns++) {
      await new Promise<void>((resolve) => void setImmediate(resolve))
      if (this.#turns.length === 0) return
      if (turns > mostTurns) throw new Error(`the simulation goes round in circles at ${this.#now} ms`)
      const ready = this.#turns
      this.#turns = []
      for (const run of ready) run()
    }
  }

  #prune(): void {
    while (this.#heap[0] !== undefined && this.#heap[0].run === undefined) this.#pop()
  }

  #push(due: Due): void {
    const heap = this.#heap
    let at = heap.push(due) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(due, heap[parent] as Due)) break
      heap[at] = heap[parent] as Due
      at = parent
    }
    heap[at] = due
  }

  #pop(): Due | undefined {
    const heap = this.#heap
    const [first] = heap
    const last = heap.pop()
    if (first === undefined || last === undefined || heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1] as Due, heap[child] as Due)) child++
      if (!before(heap[child] as Due, last)) break
      heap[at] = heap[child] as Due
      at = child
    }
    heap[at] = last
    return first
  }
}

function before(a: Due, b: Due): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order)
}
