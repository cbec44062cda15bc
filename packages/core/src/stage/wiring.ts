/** Builds the stages of one group and joins them to each other and to their links. */
import type { LinkSender } from '../link/link.ts'
import type { Graph, StageNode } from '../pipeline/graph.ts'
import type { LogLine, Source } from '../pipeline/handler.ts'
import { stageOf } from '../pipeline/find.ts'
import { loggerOf } from './context.ts'
import type { StageIdentity } from './context.ts'
import type { Entry } from './entry.ts'
import { Executor } from './executor.ts'
import { Gatherer } from './gatherer.ts'
import { FanOut, LinkOutlet } from './outlet.ts'
import type { Outlet, Outlets } from './outlet.ts'
import type { Scope } from './scope.ts'
import { SourcePump } from './source-pump.ts'

/** The running stages of a group, in an order in which each stands behind all those that feed it. */
export interface Wired {
  readonly source: { readonly name: string; readonly pump: SourcePump } | undefined
  readonly entries: ReadonlyMap<string, Entry>
}

/** What is wired, and to what. */
export interface WiringOptions {
  readonly graph: Graph
  readonly stages: readonly string[]
  readonly senders: ReadonlyMap<string, LinkSender>
  readonly scope: Scope
  readonly log: (line: LogLine) => void
}

/** Wires from the last stage to the first, so that what a stage feeds is there before it. */
export function wire(options: WiringOptions): Wired {
  const entries = new Map<string, Entry>()
  let source: Wired['source']
  for (const name of options.stages.toReversed()) {
    const node = stageOf(options.graph, name)
    const { scope, log } = options
    const identity: StageIdentity = {
      stage: name,
      replica: scope.replica,
      scope,
      log: loggerOf(name, scope.replica, log),
    }
    const messages = outletOf(node, options, entries)
    if (node.handler.kind === 'source')
      source = { name, pump: pumpOf(identity, node, node.handler.produce, messages) }
    else entries.set(name, entryOf(identity, node, { messages, letters: lettersOf(node, options, entries) }))
  }
  return { source, entries: new Map([...entries].toReversed()) }
}

function pumpOf(
  identity: StageIdentity,
  { settings }: StageNode,
  produce: Source,
  outlet: Outlet | undefined,
): SourcePump {
  if (outlet === undefined) throw new TypeError(`source '${identity.stage}' feeds nothing`)
  return new SourcePump(identity, produce, outlet, settings.deadlineMs)
}

function entryOf(identity: StageIdentity, { handler, settings }: StageNode, outlets: Outlets): Entry {
  if (handler.kind !== 'function')
    throw new TypeError(`stage '${identity.stage}' is of the kind '${handler.kind}', which runs elsewhere`)
  const executor = new Executor(identity, settings, handler.call, outlets)
  return settings.batch === undefined ? executor : new Gatherer(executor, settings.batch, identity.scope)
}

function outletOf(
  node: StageNode,
  options: WiringOptions,
  entries: ReadonlyMap<string, Entry>,
): Outlet | undefined {
  const outlets = node.outlets
    .filter(({ letters }) => !letters)
    .map((to): [string, Outlet] => [to.branch ?? to.to, oneOutlet(node, to, options, entries)])
  const [only] = outlets
  if (only === undefined || (outlets.length === 1 && node.route === undefined)) return only?.[1]
  return new FanOut(node.name, new Map(outlets), node.route)
}

/** Where the dead letters of a stage go that has a branch for them. */
function lettersOf(
  node: StageNode,
  options: WiringOptions,
  entries: ReadonlyMap<string, Entry>,
): Outlet | undefined {
  const to = node.outlets.find(({ letters }) => letters)
  return to && oneOutlet(node, to, options, entries)
}

function oneOutlet(
  { name }: StageNode,
  { to, link }: StageNode['outlets'][number],
  { senders }: WiringOptions,
  entries: ReadonlyMap<string, Entry>,
): Outlet {
  const sender = link === undefined ? undefined : senders.get(link)
  const outlet = sender === undefined ? entries.get(to) : new LinkOutlet(link ?? to, name, sender)
  if (outlet === undefined) throw new TypeError(`nothing was built that '${name}' could feed for '${to}'`)
  return outlet
}
