/** The tables that a run prints. */
import type { Case } from '../cases.ts'
import type { RowFigures } from './figures.ts'

const heads = [
  '',
  'median',
  'lowest',
  'highest',
  'ratio',
  'p99 µs',
  'cpu µs',
  'cpu ratio',
  'peak MiB',
  'over idle',
]

/** A case as lines of text. `before` has medians of an earlier run by subject. */
export function tableOf(
  one: Case,
  figures: readonly RowFigures[],
  before?: ReadonlyMap<string, number>,
): string {
  const compared = before === undefined ? [] : ['to before']
  const lines = figures.map((row) => [
    row.subject,
    number(row.median),
    number(row.low),
    number(row.high),
    row.ratio.toFixed(2),
    row.p99 === undefined ? '' : number(row.p99),
    row.cpuMicros.toFixed(2),
    row.cpuRatio.toFixed(2),
    String(Math.round(row.peakMb)),
    String(Math.round(row.overIdleMb)),
    ...(before === undefined ? [] : [change(row.median, before.get(row.subject))]),
  ])
  const table = [[...heads, ...compared], ...lines]
  const widths =
    table[0]?.map((_, column) => Math.max(...table.map((line) => line[column]?.length ?? 0))) ?? []
  const text = table.map((line) => line.map((cell, at) => pad(cell, widths[at] ?? 0, at === 0)).join('  '))
  return [`${one.name}: ${one.title}`, ...text].join('\n')
}

function pad(cell: string, width: number, left: boolean): string {
  return left ? cell.padEnd(width) : cell.padStart(width)
}

function number(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en').replaceAll(',', ' ')
  return value.toFixed(value < 10 ? 3 : 1)
}

function change(now: number, before: number | undefined): string {
  return before === undefined ? '' : `${(now / before).toFixed(2)} x`
}
