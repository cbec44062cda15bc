/** The rows of a run as a table. */
import Table from 'cli-table3'
import type { Row } from './rows.ts'

const head = ['', 'in', 'out', 'a second', 'in flight', 'dropped', 'failed', 'waiting']

/** Draws the rows; a zero is left out where it says nothing. */
export function table(rows: readonly Row[]): string {
  const drawn = new Table({
    head,
    colAligns: head.map((_, column) => (column === 0 ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
    chars: borderless,
  })
  for (const row of rows) {
    const { name, rate, inFlight, dropped, failed, waiting } = row
    drawn.push([
      name,
      count(row.in),
      count(row.out),
      count(rate),
      ...[inFlight, dropped, failed, waiting].map(blank),
    ])
  }
  return drawn.toString()
}

function count(n: number): string {
  return n.toLocaleString('en-US')
}

function blank(n: number): string {
  return n === 0 ? '' : count(n)
}

const sides = [
  'top',
  'top-mid',
  'top-left',
  'top-right',
  'bottom',
  'bottom-mid',
  'bottom-left',
  'bottom-right',
]
const inner = ['left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle']
const borderless = Object.fromEntries([...sides, ...inner].map((part) => [part, '']))
