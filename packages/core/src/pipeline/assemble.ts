/** From a finished draft to the frozen graph: groups, settings and links. */
import { OptionError } from '../errors.ts'
import { checkBatchWindows } from './batch-windows.ts'
import { nameOf } from './draft.ts'
import type { Draft, EdgeDraft, StageDraft } from './draft.ts'
import { checkPrograms } from './programs.ts'
import type { Graph, GroupNode, LinkNode, Outlet, StageNode, StageSettings } from './graph.ts'
import { completeExternalSettings, completeSettings } from './settings.ts'

/** Builds the graph of a draft whose every end is a sink. Refuses fused neighbours that cannot run in one place, and batches that could never be full. */
export function assemble(draft: Draft): Graph {
  checkPrograms(draft)
  const groupOf = assignGroups(draft)
  const settings = settle(draft, groupOf)
  const stages = draft.stages.map((stage) => stageNode(draft, stage, groupOf, settings))
  const links = draft.edges.flatMap((edge) => linkNode(edge, groupOf))
  const roots = stages.filter((stage) => stage.group === stage.name)
  const graph = Object.freeze({
    name: draft.name,
    module: draft.module,
    stages: Object.freeze(stages),
    links: Object.freeze(links),
    groups: Object.freeze(roots.map((root) => groupNode(root, stages, links))),
  })
  checkBatchWindows(graph)
  return graph
}

/** Stages are drafted behind those that feed them, so one pass is enough. */
function assignGroups(draft: Draft): ReadonlyMap<string, string> {
  const groups = new Map<string, string>()
  for (const { name } of draft.stages) {
    const before = draft.edges.filter((edge) => edge.to === name)
    const [first] = before.filter((edge) => edge.pattern === undefined)
    const group = first === undefined ? name : (groups.get(first.from) ?? name)
    for (const edge of before) checkFused(draft, edge, first, groups)
    groups.set(name, group)
  }
  return groups
}

/** A stage runs in one group: all that feed it without a link have to run there too, and none may come by a link. */
function checkFused(
  draft: Draft,
  edge: EdgeDraft,
  fused: EdgeDraft | undefined,
  groups: ReadonlyMap<string, string>,
): void {
  if (fused === undefined || fused === edge) return
  if (edge.pattern === undefined && groups.get(edge.from) === groups.get(fused.from)) return
  throw new OptionError(
    `stages.${edge.to}`,
    `${nameOf(draft)}: '${edge.to}' is fused to '${fused.from}' and also comes behind '${edge.from}', which runs elsewhere; put a link between merge() and '${edge.to}'`,
  )
}

function settle(draft: Draft, groupOf: ReadonlyMap<string, string>): ReadonlyMap<string, StageSettings> {
  const settings = new Map<string, StageSettings>()
  for (const stage of draft.stages) {
    const root = groupOf.get(stage.name) ?? stage.name
    const first = root === stage.name ? undefined : settings.get(root)
    if (first !== undefined) checkShared(draft, stage, root, first)
    const completed =
      stage.handler.kind === 'external'
        ? completeExternalSettings(stage.given)
        : completeSettings(stage.given, first)
    settings.set(stage.name, completed)
  }
  return settings
}

function checkShared(draft: Draft, { name, given }: StageDraft, root: string, first: StageSettings): void {
  for (const option of ['on', 'replicas', 'ack'] as const) {
    if (given[option] === undefined || given[option] === first[option]) continue
    throw new OptionError(
      `stages.${name}.${option}`,
      `${nameOf(draft)}: '${name}' is fused to '${root}' and shares its ${option}; ${option} was given ${given[option]} here and is ${first[option] ?? 'not given'} there; give it to '${root}', or put a link between them`,
    )
  }
}

function stageNode(
  draft: Draft,
  stage: StageDraft,
  groupOf: ReadonlyMap<string, string>,
  settings: ReadonlyMap<string, StageSettings>,
): StageNode {
  const outlets = draft.edges
    .filter((edge) => edge.from === stage.name)
    .map((edge): Outlet => {
      const { branch, to, letters } = edge
      return Object.freeze({ branch, to, link: linkName(edge), letters })
    })
  return Object.freeze({
    name: stage.name,
    kind: stage.kind,
    group: groupOf.get(stage.name) ?? stage.name,
    handler: Object.freeze(stage.handler),
    settings: settings.get(stage.name) ?? completeSettings(stage.given, undefined),
    outlets: Object.freeze(outlets),
    route: draft.routes.get(stage.name),
  })
}

function linkNode(edge: EdgeDraft, groupOf: ReadonlyMap<string, string>): LinkNode[] {
  const { from, to, pattern, endpoint } = edge
  const name = linkName(edge)
  if (pattern === undefined || name === undefined) return []
  const [fromGroup = from, toGroup = to] = [groupOf.get(from), groupOf.get(to)]
  return [Object.freeze({ name, from, to, fromGroup, toGroup, pattern, endpoint })]
}

function groupNode(root: StageNode, stages: readonly StageNode[], links: readonly LinkNode[]): GroupNode {
  const { on, replicas } = root.settings
  const own = stages.filter((stage) => stage.group === root.name)
  const work = own.map(({ settings }) => settings.concurrency * (settings.batch?.size ?? 1))
  return Object.freeze({
    name: root.name,
    stages: Object.freeze(own.map((stage) => stage.name)),
    inbound: Object.freeze(links.filter((link) => link.toGroup === root.name).map((link) => link.name)),
    outbound: Object.freeze(links.filter((link) => link.fromGroup === root.name).map((link) => link.name)),
    on,
    replicas,
    concurrency: work.reduce((sum, n) => sum + n, 0),
  })
}

function linkName({ from, to, pattern }: EdgeDraft): string | undefined {
  return pattern === undefined ? undefined : `${from}:${to}`
}
