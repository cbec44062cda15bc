/** Looks up parts of a graph by name, and says which names there are when there is none. */
import { OptionError } from '../errors.ts'
import { nearest } from '../option-check.ts'
import type { External } from './external.ts'
import type { Graph, GroupNode, LinkNode, StageNode } from './graph.ts'

/** Finds a stage by name. Throws an `OptionError` that lists the stages. */
export function stageOf(graph: Graph, name: string): StageNode {
  return find(graph, 'stage', 'stages', graph.stages, name)
}

/** Finds a link by name, such as `washer:dryer`. Throws an `OptionError` that lists the links. */
export function linkOf(graph: Graph, name: string): LinkNode {
  return find(graph, 'link', 'links', graph.links, name)
}

/** Finds a group by the name of its first stage. Throws an `OptionError` that lists the groups. */
export function groupOf(graph: Graph, name: string): GroupNode {
  return find(graph, 'group', 'groups', graph.groups, name)
}

/** Finds the program that does the work of a group; undefined where functions of this program do. */
export function programOf(graph: Graph, group: string): External<never> | undefined {
  const { handler } = stageOf(graph, group)
  return handler.kind === 'external' ? handler : undefined
}

function find<N extends { readonly name: string }>(
  graph: Graph,
  what: string,
  path: string,
  nodes: readonly N[],
  name: string,
): N {
  const node = nodes.find((candidate) => candidate.name === name)
  if (node !== undefined) return node
  const known = nodes.map((candidate) => candidate.name)
  const near = nearest(name, known)
  const hint = near === undefined ? '' : ` (did you mean ${near}?)`
  const list = known.length === 0 ? `it has no ${path}` : `its ${path} are ${known.join(', ')}`
  throw new OptionError(
    `${path}.${name}`,
    `pipeline '${graph.name}': there is no ${what} '${name}'${hint}; ${list}`,
  )
}
