/** Judges whether figures grow: pure, so that a test can show it some that do. */
import { mebibytes, medianOf } from './figures.ts'
import type { Sample } from './sample.ts'

/** What each figure may grow by from the second quarter of the samples to the last: the first is warming up. */
const slack: Readonly<Record<keyof Sample, number>> = {
  descriptors: 2,
  sockets: 2,
  resources: 2,
  heapBytes: 3 * 2 ** 20,
  rssBytes: 16 * 2 ** 20,
}

/** The middle of a figure in the second quarter and in the last. */
export function quartersOf(samples: readonly Sample[], figure: keyof Sample): readonly [number, number] {
  const quarter = Math.max(1, samples.length >> 2)
  const of = (part: readonly Sample[]): number => medianOf(part.map((one) => one[figure]))
  return [of(samples.slice(quarter, 2 * quarter)), of(samples.slice(-quarter))]
}

/** A sentence for each figure that grows. */
export function growing(samples: readonly Sample[]): string[] {
  return (Object.keys(slack) as (keyof Sample)[]).flatMap((figure) => {
    const [before, after] = quartersOf(samples, figure)
    return after - before > slack[figure] ? [`${figure} grew from ${before} to ${after}`] : []
  })
}

/** What a row shows of some samples. */
export function curve(samples: readonly Sample[], figure: keyof Sample): string {
  const inUnits = (value: number): string =>
    figure.endsWith('Bytes') ? `${mebibytes(value).toFixed(1)} MiB` : String(value)
  return quartersOf(samples, figure).map(inUnits).join(' → ')
}
