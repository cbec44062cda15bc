/** Horizontal bars as SVG, readable on a light and on a dark page. */
import type { Case } from '../cases.ts'
import { figuresOf } from './figures.ts'
import type { RowFigures } from './figures.ts'
import { roundsOf } from './results.ts'
import type { Results } from './results.ts'

const width = 760
const labelWidth = 200
const barHeight = 18
const gap = 6
const titleHeight = 34

const style = `
  text { font: 13px ui-sans-serif, system-ui, sans-serif; fill: #24292f }
  .title { font-weight: 600 }
  .bar { fill: #8c959f }
  .ours { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .bar { fill: #6e7681 }
    .ours { fill: #4493f8 }
  }`

/** Draws cases whose figure is a rate, one group of bars each. */
export function chartOf(cases: readonly Case[], results: Results): string {
  const groups: string[] = []
  let y = 4
  for (const one of cases) {
    const figures = figuresOf(one, roundsOf(one, results.lines))
    if (figures.length === 0) continue
    groups.push(group(one, figures, y))
    y += titleHeight + figures.length * (barHeight + gap)
  }
  const { processor, cores, node, commit } = results.head
  const foot = `messages a second, medians; ${cores} cores of ${processor}, Node ${node}, ${commit}`
  groups.push(`<text x="0" y="${y + 20}">${escape(foot)}</text>`)
  const height = y + 32
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="Messages a second">`,
    `<style>${style}\n</style>`,
    ...groups,
    '</svg>\n',
  ].join('\n')
}

function group(one: Case, figures: readonly RowFigures[], top: number): string {
  const most = Math.max(...figures.map(({ median }) => median))
  const bars = figures
    .toSorted((a, b) => b.median - a.median)
    .map((row, at) => bar(row, top + titleHeight + at * (barHeight + gap), most))
  return [`<text class="title" x="0" y="${top + 20}">${escape(one.title)}</text>`, ...bars].join('\n')
}

function bar({ subject, median }: RowFigures, y: number, most: number): string {
  // Room for the figure behind the longest bar.
  const length = Math.max(1, Math.round((median / most) * (width - labelWidth - 100)))
  const kind = /^(sluice|memory|fused)/.test(subject) ? 'ours' : 'bar'
  const middle = y + barHeight - 4
  return [
    `<text x="0" y="${middle}">${escape(subject)}</text>`,
    `<rect class="${kind}" x="${labelWidth}" y="${y}" width="${length}" height="${barHeight}" rx="2"/>`,
    `<text x="${labelWidth + length + 8}" y="${middle}">${Math.round(median).toLocaleString('en').replaceAll(',', ' ')}</text>`,
  ].join('')
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')
}
