/** What a run reports: the counts of all replicas put together, and its ledger. Pure. */
import type { LinkStats, ReceiverStats } from '../link/link.ts'
import { linkOf } from '../pipeline/find.ts'
import type { Graph, StageNode } from '../pipeline/graph.ts'
import { reachedFrom } from '../pipeline/reached.ts'
import type { HostReport, LinkReport, StageStats } from '../stage/host.ts'

/**
 * How the messages of a run ended, counted where they leave the group of the source; where that runs on another
 * host, where they come in: `accepted = delivered + dropped + deadLettered + failed + undelivered + inFlight`.
 */
export interface RunLedger {
  /** Messages pulled from the source, or received. */
  readonly accepted: number
  /** Messages that ended well, as far as the pattern of the first link promises to know. */
  readonly delivered: number
  readonly dropped: number
  readonly deadLettered: number
  readonly failed: number
  /** Messages that had not ended when the run was closed. */
  readonly undelivered: number
  /** Messages that have not ended yet; 0 once the run is over. */
  readonly inFlight: number
}

/** What all replicas of a stage did together. */
export interface StageReport extends StageStats {
  readonly replicas: number
  /** How often a replica was started again. */
  readonly restarts: number
}

/** What a run did. */
export interface RunReport {
  readonly pipeline: string
  readonly stages: Readonly<Record<string, StageReport>>
  /** By link name. The sender's side is the ledger; a replica that was killed counts with what it had last said. */
  readonly links: Readonly<Record<string, LinkReport>>
  readonly ledger: RunLedger
  /** Milliseconds since `run` was called. */
  readonly elapsedMs: number
}

/** Where a run stands; it only moves forward. */
export type RunState = 'opening' | 'running' | 'draining' | 'closing' | 'closed'

/** What `onProgress` is given; that of state `closed` is the last one. */
export interface RunProgress extends RunReport {
  readonly state: RunState
}

/** One replica's counts over all its lives. */
export interface ReplicaReport {
  readonly report: HostReport | undefined
  readonly restarts: number
}

/** Of a run that is over. */
const noneComes: ComesAgain = { redelivered: false, recovered: false }

/** Adds up two reports of the same shape: numbers are summed, whatever only one has is kept. */
export function addCounts<T extends object>(a: T | undefined, b: T | undefined): T | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const sum = { ...a } as Record<string, unknown>
  for (const [key, value] of Object.entries(b) as [string, unknown][]) {
    const other = sum[key]
    if (typeof value === 'number' && typeof other === 'number') sum[key] = other + value
    else if (isObject(value)) sum[key] = addCounts(isObject(other) ? other : undefined, value)
    else sum[key] ??= value
  }
  return sum as T
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** What comes again of what a replica held when it died, and is counted then. */
export interface ComesAgain {
  /** What it was working on: the links into it redeliver. */
  readonly redelivered: boolean
  /** What it had stored in its outboxes: there is a successor, which finds it there. */
  readonly recovered: boolean
}

/**
 * Closes the counts of a replica that is gone: nothing of it is held or in flight any more.
 * What it had accepted and not settled is `undelivered`; but what comes again is counted by whoever takes it then, and is taken out.
 */
export function closeCounts(report: HostReport, comes: ComesAgain): HostReport {
  const { redelivered } = comes
  const stages = Object.entries(report.stages).map(([name, stage]): [string, StageStats] => [
    name,
    {
      ...stage,
      in: stage.in - (redelivered ? stage.running + stage.waiting : 0),
      running: 0,
      retrying: 0,
      waiting: 0,
      heldByKey: 0,
    },
  ])
  return { ...report, stages: Object.fromEntries(stages), links: closeLinks(report.links, comes) }
}

function closeLinks(links: HostReport['links'], comes: ComesAgain): Record<string, LinkReport> {
  const closed = Object.entries(links).map(([name, { sender, receiver }]): [string, LinkReport] => [
    name,
    {
      ...(sender === undefined ? {} : { sender: closeSender(sender, comes) }),
      ...(receiver === undefined ? {} : { receiver: closeReceiver(receiver) }),
    },
  ])
  return Object.fromEntries(closed)
}

function closeSender(stats: LinkStats, { redelivered, recovered }: ComesAgain): LinkStats {
  const { outbox } = stats
  const open = stats.pending + stats.inFlight
  const again = outbox === undefined ? redelivered : recovered
  return {
    ...stats,
    accepted: stats.accepted - (again ? open : 0),
    undelivered: stats.undelivered + (again ? 0 : open),
    pending: 0,
    inFlight: 0,
    peers: 0,
    ...(outbox === undefined || !recovered ? {} : { outbox: { ...outbox, stored: 0, storedBytes: 0 } }),
  }
}

function closeReceiver(stats: ReceiverStats): ReceiverStats {
  return { ...stats, received: stats.received - stats.held, held: 0, peers: 0 }
}

/** Puts together what the replicas of a run did, by the name of their group. Once it is `over`, what is open is undelivered. */
export function runReport(
  graph: Graph,
  replicas: ReadonlyMap<string, readonly ReplicaReport[]>,
  elapsedMs: number,
  over: boolean,
): RunReport {
  const stages: Record<string, StageReport> = {}
  let links: Record<string, LinkReport> = {}
  for (const group of graph.groups) {
    const crew = replicas.get(group.name)
    if (crew === undefined) continue
    const sum = crew.reduce<HostReport | undefined>((all, { report }) => addCounts(all, report), undefined)
    const restarts = crew.reduce((all, replica) => all + replica.restarts, 0)
    for (const stage of group.stages) {
      stages[stage] = { ...noStage, ...sum?.stages[stage], replicas: crew.length, restarts }
    }
    links = addCounts(links, over ? closeLinks(sum?.links ?? {}, noneComes) : sum?.links) ?? {}
  }
  const ledger = ledgerOf(graph, stages, links)
  const { undelivered, inFlight } = ledger
  const closed = over ? { ...ledger, undelivered: undelivered + inFlight, inFlight: 0 } : ledger
  return { pipeline: graph.name, stages, links, ledger: closed, elapsedMs }
}

/** Counts messages where they leave the group of the source, or else where they come in from other hosts. */
function ledgerOf(
  graph: Graph,
  stages: Readonly<Record<string, StageReport>>,
  links: Readonly<Record<string, LinkReport>>,
): RunLedger {
  const group = graph.groups.find(({ inbound }) => inbound.length === 0)
  if (group === undefined || !group.stages.some((stage) => stage in stages)) {
    return sumUp(Object.values(links).map(({ receiver }) => received(receiver)))
  }
  // A dead letter is counted where its message failed, not once more where the letter goes.
  const counted = reachedFrom(graph, group.name, ({ letters }) => !letters)
  const within = graph.stages
    .filter((node) => node.group === group.name && counted.has(node.name))
    .map(({ name, kind }) => ended(stages[name] ?? noStage, kind))
  const outbound = group.outbound.filter((link) => counted.has(linkOf(graph, link).to))
  return sumUp([...outbound.map((link) => sent(links[link]?.sender)), ...within])
}

type Counts = Omit<RunLedger, 'accepted'>

const nothing: Counts = { delivered: 0, dropped: 0, deadLettered: 0, failed: 0, undelivered: 0, inFlight: 0 }

function sumUp(all: readonly Counts[]): RunLedger {
  const sum = all.reduce<Counts>((some, counts) => addCounts(some, counts) ?? some, nothing)
  return { accepted: Object.values(sum).reduce((total, count) => total + count, 0), ...sum }
}

function sent(sender: LinkStats | undefined): Counts {
  if (sender === undefined) return nothing
  const { delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = sender
  return { delivered, dropped, deadLettered, failed, undelivered, inFlight: pending + inFlight }
}

function received(receiver: ReceiverStats | undefined): Counts {
  if (receiver === undefined) return nothing
  const { delivered, dropped, deadLettered, failed, held } = receiver
  return { delivered, dropped, deadLettered, failed, undelivered: 0, inFlight: held }
}

/** What ended in a stage of the source's group. A source holds what it pulled until what is behind it has taken it. */
function ended(stage: StageStats, kind: StageNode['kind']): Counts {
  if (kind === 'source') return { ...nothing, inFlight: stage.in - stage.out - stage.filtered }
  const { deadLettered, failed, filtered, running, waiting } = stage
  const taken = stage.in - deadLettered - failed - running - waiting
  const delivered = kind === 'sink' ? taken : filtered
  return { ...nothing, delivered, deadLettered, failed, inFlight: running + waiting }
}

/** A stage that has done nothing yet. */
export const noStage: StageStats = {
  in: 0,
  out: 0,
  filtered: 0,
  failed: 0,
  deadLettered: 0,
  retried: 0,
  timedOut: 0,
  expired: 0,
  running: 0,
  retrying: 0,
  heldByKey: 0,
  waiting: 0,
  busyMs: 0,
  blockedMs: 0,
}
