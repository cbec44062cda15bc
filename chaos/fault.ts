/** What a fault is to the runner: something that breaks, and what must hold all the same. */

/** How much of it: `short` within `npm test`, `whole` by default, `long` with the full figures. */
export type Size = 'short' | 'whole' | 'long'

/** What a fault came to. */
export interface Finding {
  /** Figures in the order in which they are shown. */
  readonly figures: Readonly<Record<string, number | string>>
  /** Promises that did not hold, in sentences; none is what everybody hopes for. */
  readonly broken: readonly string[]
}

/** One row of the table. */
export interface Fault {
  readonly name: string
  readonly title: string
  /** What the machine lacks for it, or undefined when it can be run. */
  readonly lacks?: () => string | undefined
  run(size: Size): Promise<Finding>
}

/** What differs between the sizes of one fault. */
export type Sizes<T> = Readonly<Record<Size, T>>
