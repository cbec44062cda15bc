/** What the maps of a link's messages look like, learned from those that came. */
import { LayoutStep } from './layout-step.ts'
import { compileMaker, makeOneByOne } from './object-maker.ts'

/** A map of more keys is a dictionary, whose keys are not looked for. */
export const LARGEST_LAYOUT = 128
/** Keys that are remembered. */
const MOST_STEPS = 1_024
/** Maps of one layout before code is compiled for it, which costs as much as some hundred of them. */
const OFTEN = 512
/** Keys that were not remembered before everything is forgotten: what comes now may look different. */
const MOST_MISSES = 65_536

const NOTHING: Uint8Array = new Uint8Array(0)

/** Learns layouts up to a bound, and forgets them all when they are of no use any more. */
export class Layouts {
  /** What stands ahead of the first key, by the number of keys. */
  #roots: (LayoutStep | undefined)[] = []
  #steps = 0
  #misses = 0

  /** Where a map of so many keys begins. */
  begin(keys: number): LayoutStep {
    return (this.#roots[keys] ??= new LayoutStep('', NOTHING, undefined))
  }

  /** Remembers a new key behind another. Undefined where there are too many already. */
  learn(step: LayoutStep, key: string, octets: Uint8Array): LayoutStep | undefined {
    if (this.#steps >= MOST_STEPS || !step.hasRoom) {
      if (++this.#misses >= MOST_MISSES) this.#forget()
      return undefined
    }
    this.#steps++
    return step.add(key, octets)
  }

  /** The object of a map that ended with `last`. */
  objectOf(last: LayoutStep, values: readonly unknown[], base: number): Record<string, unknown> {
    const { make } = last
    return make === undefined ? this.#plainly(last, values, base) : make(values, base)
  }

  #plainly(last: LayoutStep, values: readonly unknown[], base: number): Record<string, unknown> {
    const keys = keysTo(last)
    if (++last.seen === OFTEN) last.make = compileMaker(keys)
    return makeOneByOne(keys, values, base)
  }

  #forget(): void {
    this.#roots = []
    this.#steps = 0
    this.#misses = 0
  }
}

/** The keys of a map, up to one of them. */
export function keysTo(last: LayoutStep): string[] {
  const keys: string[] = []
  for (let step = last; step.before !== undefined; step = step.before) keys.push(step.key)
  return keys.reverse()
}
