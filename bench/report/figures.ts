/** Medians, spread and ratios of what was measured. */
import type { Case, Figure } from '../cases.ts'
import type { Measured } from '../harness/measure.ts'

/** One row of a case, over all rounds. */
export interface RowFigures {
  readonly subject: string
  readonly rounds: number
  readonly median: number
  readonly low: number
  readonly high: number
  /** Median over the rounds of this row's figure over that of the first row in the same round. */
  readonly ratio: number
  readonly p99: number | undefined
  readonly cpuMicros: number
  /** The same ratio, of processor time: it holds where other programs take turns on the machine. */
  readonly cpuRatio: number
  /** What was allocated on the heaps of sender and receiver for a message, in octets; of the one side where there is one. */
  readonly allocated: readonly number[]
  readonly peakMb: number
  /** What a side had at its peak over what it had before the work, in MiB. */
  readonly overIdleMb: number
}

/** What was measured for a case: by subject, in the place of its round; a gap where the measurement failed. */
export type Rounds = ReadonlyMap<string, readonly (Measured | undefined)[]>

export function figuresOf({ figure, rows }: Case, rounds: Rounds): readonly RowFigures[] {
  const base = rounds.get(rows[0]?.subject ?? '') ?? []
  return rows.flatMap(({ subject }) => {
    const placed = rounds.get(subject) ?? []
    const measured = placed.filter((one) => one !== undefined)
    if (measured.length === 0) return []
    const values = measured.map((one) => valueOf(one, figure))
    const paired = (of: (one: Measured) => number): number =>
      median(
        placed.flatMap((one, round) => {
          const beside = base[round]
          return one === undefined || beside === undefined ? [] : [of(one) / of(beside)]
        }),
      )
    const p99 = measured.flatMap((one) => one.p99 ?? [])
    return {
      subject,
      rounds: measured.length,
      median: median(values),
      low: Math.min(...values),
      high: Math.max(...values),
      ratio: paired((one) => valueOf(one, figure)),
      p99: p99.length === 0 ? undefined : median(p99),
      cpuMicros: median(measured.map((one) => one.cpuMicros)),
      cpuRatio: paired((one) => one.cpuMicros),
      allocated: (measured[0]?.allocatedEach ?? [])
        .map((_, side) => median(measured.map((one) => one.allocatedEach?.[side] ?? Number.NaN)))
        .toReversed(),
      overIdleMb: median(measured.map(overIdle)),
      peakMb: median(measured.map((one) => Math.max(...one.peakMb))),
    }
  })
}

function overIdle({ peakMb, idleMb }: Measured): number {
  return Math.max(...peakMb.map((peak, side) => peak - (idleMb[side] ?? 0)))
}

export function valueOf(measured: Measured, figure: Figure): number {
  return measured[figure] ?? Number.NaN
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}
