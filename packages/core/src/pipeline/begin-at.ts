/** A pipeline that begins in the middle: its messages come from somewhere else. Pure. */
import { stageOf } from './find.ts'
import type { Graph, GroupNode, LinkNode, Outlet, StageNode } from './graph.ts'
import type { Source } from './handler.ts'
import { reachedFrom } from './reached.ts'
import { completeSettings } from './settings.ts'

/** A graph that begins in the middle of another. */
export interface LaterGraph {
  readonly graph: Graph
  /** Groups that only the process that made this graph knows, so that they run in it: sources, and what is fused to them. */
  readonly inline: readonly string[]
}

/**
 * Lets `produce` feed `stage`, in place of all that is before it; what is behind it stays as it was. Links keep their names,
 * and a group that begins with `stage` its own: replicas that load the pipeline anew know both.
 *
 * Links into what is kept, from what is left out, get a source that gives nothing.
 */
export function beginAt(graph: Graph, stage: string, produce: Source): LaterGraph {
  const kept = reachedFrom(graph, stage)
  const node = stageOf(graph, stage)
  const into = graph.links.filter((link) => kept.has(link.to) && !kept.has(link.from))
  const isHead = node.group === stage && into.some((link) => link.to === stage)
  const fused = isHead ? [] : [...kept].filter((name) => stageOf(graph, name).group === node.group)
  const first = isHead ? (into.find((link) => link.to === stage)?.fromGroup ?? '') : freeName(graph)
  const sources = new Map<string, StageNode>()
  if (!isHead)
    sources.set(
      first,
      sourceNode(first, [outletTo(stage, undefined)], () => stage, produce),
    )
  // The one that gives something comes first: the ledger of a run is counted there.
  for (const fromGroup of new Set([...(isHead ? [first] : []), ...into.map((link) => link.fromGroup)])) {
    const links = into.filter((link) => link.fromGroup === fromGroup)
    const target = links.find((link) => link.to === stage)?.name
    const outlets = links.map((link) => outletTo(link.to, link.name))
    sources.set(
      fromGroup,
      sourceNode(fromGroup, outlets, () => target, fromGroup === first && isHead ? produce : () => []),
    )
  }
  const stages = graph.stages
    .filter(({ name }) => kept.has(name))
    .map((one) => (fused.includes(one.name) ? { ...one, group: first } : one))
  const links = graph.links
    .filter((link) => kept.has(link.to))
    .map((link) => (kept.has(link.from) ? moved(link, fused, first) : { ...link, from: link.fromGroup }))
    .map((link): LinkNode => ({ ...link, endpoint: undefined }))
  const all = [...sources.values(), ...stages]
  return {
    graph: {
      name: graph.name,
      module: graph.module,
      stages: all,
      links,
      groups: [
        ...[...sources.keys()].map((name) => newGroup(name, all, links)),
        ...graph.groups.filter(({ name }) => kept.has(name) && !fused.includes(name)),
      ],
    },
    inline: [...sources.keys()],
  }
}

function moved(link: LinkNode, fused: readonly string[], group: string): LinkNode {
  return fused.includes(link.from) ? { ...link, fromGroup: group } : link
}

function outletTo(to: string, link: string | undefined): Outlet {
  return { branch: link ?? to, to, link, letters: false }
}

function sourceNode(
  name: string,
  outlets: readonly Outlet[],
  route: () => string | undefined,
  produce: Source,
): StageNode {
  const settings = completeSettings({}, undefined)
  return { name, kind: 'source', group: name, handler: { kind: 'source', produce }, settings, outlets, route }
}

function newGroup(name: string, stages: readonly StageNode[], links: readonly LinkNode[]): GroupNode {
  const own = stages.filter((stage) => stage.group === name)
  return {
    name,
    stages: own.map((stage) => stage.name),
    inbound: [],
    outbound: links.filter((link) => link.fromGroup === name).map((link) => link.name),
    on: 'inline',
    replicas: 1,
    concurrency: own.reduce(
      (sum, { settings }) => sum + settings.concurrency * (settings.batch?.size ?? 1),
      0,
    ),
  }
}

function freeName(graph: Graph): string {
  let name = 'letters'
  while (graph.stages.some((stage) => stage.name === name)) name += '_'
  return name
}
