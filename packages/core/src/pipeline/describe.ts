/** A picture of a graph in text, for terminals and error reports. */
import { inspect } from 'node:util'
import type { Graph, LinkNode, StageNode } from './graph.ts'
import { shellText } from './shell-text.ts'

/**
 * Draws the graph as one line a stage, indented by branch:
 *
 * ```
 * pipeline dishes
 *   source washer
 *   ══ backpressure highWaterMark=64 ══▶ stage dryer ×3 on process, concurrency 8
 *   ── fused ──▶ sink shelf
 * ```
 */
export function describe(graph: Graph): string {
  const lines = [`pipeline ${graph.name}`]
  const drawn = new Set<string>()
  const [source] = graph.stages
  if (source === undefined) return lines.join('\n')
  lines.push(`  ${title(source)}`)
  drawBehind(graph, source, 1, lines, drawn)
  return lines.join('\n')
}

function drawBehind(graph: Graph, from: StageNode, depth: number, lines: string[], drawn: Set<string>): void {
  for (const outlet of from.outlets) {
    const to = graph.stages.find((stage) => stage.name === outlet.to)
    if (to === undefined) continue
    const inner = outlet.branch === undefined ? depth : depth + 1
    if (outlet.branch !== undefined) lines.push(`${'  '.repeat(depth)}${outlet.branch}:`)
    const arrow = arrowOf(graph.links.find((link) => link.name === outlet.link))
    const known = drawn.has(to.name)
    lines.push(`${'  '.repeat(inner)}${arrow} ${known ? `(${to.name}, above)` : title(to)}`)
    drawn.add(to.name)
    if (!known) drawBehind(graph, to, inner, lines, drawn)
  }
}

function arrowOf(link: LinkNode | undefined): string {
  if (link === undefined) return '── fused ──▶'
  const options = Object.entries(link.pattern.options)
    .filter(([, value]) => value !== undefined)
    .map(
      ([name, value]) =>
        ` ${name}=${typeof value === 'function' ? 'ƒ' : inspect(value, { breakLength: Infinity })}`,
    )
  return `══ ${link.pattern.name}${options.join('')} ══▶`
}

function title({ kind, name, group, handler, settings, route }: StageNode): string {
  const { on, replicas, concurrency, ordered, attempts, timeoutMs, deadlineMs, batch } = settings
  const first = name === group
  const isProgram = handler.kind === 'external'
  const parts = [
    first && on !== undefined && !isProgram ? `on ${on}` : '',
    concurrency > 1 ? `concurrency ${concurrency}${ordered ? '' : ' unordered'}` : '',
    batch === undefined ? '' : `batch ${batch.size} within ${batch.withinMs} ms`,
    attempts > 1 ? `${attempts} attempts` : '',
    timeoutMs === undefined ? '' : `timeout ${timeoutMs} ms`,
    deadlineMs === undefined ? '' : `deadline ${deadlineMs} ms`,
    route === undefined ? '' : 'by route',
  ].filter((part) => part !== '')
  const program = isProgram ? `: ${handler.command.map(shellText).join(' ')}` : ''
  return `${kind} ${name}${first && replicas > 1 ? ` ×${replicas}` : ''}${parts.length > 0 ? ` ${parts.join(', ')}` : ''}${program}`
}
