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
  'octets allocated',
  'peak MiB',
  'over idle',
]

/** What is added where there are figures of an earlier run: each over what it was. */
const comparedHeads = ['to before', 'cpu', 'allocated']

/** A case as lines of text. `before` has the figures of an earlier run by subject; allocation is that of the sender and of the receiver. */
export function tableOf(
  one: Case,
  figures: readonly RowFigures[],
  before?: ReadonlyMap<string, RowFigures>,
): string {
  const compared = before === undefined ? [] : comparedHeads
  const lines = figures.map((row) => [
    row.subject,
    number(row.median),
    number(row.low),
    number(row.high),
    row.ratio.toFixed(2),
    row.p99 === undefined ? '' : number(row.p99),
    row.cpuMicros.toFixed(2),
    row.cpuRatio.toFixed(2),
    row.allocated.map((octets) => String(Math.round(octets))).join(' + '),
    String(Math.round(row.peakMb)),
    String(Math.round(row.overIdleMb)),
    ...(before === undefined ? [] : changes(row, before.get(row.subject))),
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

function changes(now: RowFigures, before: RowFigures | undefined): readonly string[] {
  if (before === undefined) return comparedHeads.map(() => '')
  return [
    change(now.median, before.median),
    change(now.cpuMicros, before.cpuMicros),
    change(sum(now.allocated), sum(before.allocated)),
  ]
}

/** An earlier run may not have measured it. */
function change(now: number, before: number): string {
  return before > 0 ? `${(now / before).toFixed(2)} x` : ''
}

function sum(values: readonly number[]): number {
  return values.reduce((all, one) => all + one, 0)
}
