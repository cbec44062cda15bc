/** The plan: which replicas run where, and where each side of each link stands. Pure. */
import { OptionError } from '../errors.ts'
import { groupOf, programOf, stageOf } from '../pipeline/find.ts'
import type { Graph, GroupNode, LinkNode, Placement } from '../pipeline/graph.ts'
import type { HostSpec, LinkPlace } from '../stage/host.ts'
import type { GivenEndpoints } from './endpoints.ts'
import { bothSides, oneSide } from './sides.ts'
import type { LinkCrew, SidePlaces } from './sides.ts'

/** A placement for every stage, or for those that are named. */
export type PlacementOption = Placement | Readonly<Record<string, Placement>>

/** What a plan is made of. */
export interface PlanOptions {
  readonly graph: Graph
  /** Where stages run, before what they say themselves. */
  readonly on: PlacementOption | undefined
  readonly given: ReadonlyMap<string, GivenEndpoints>
  /** The directory that the run may make for its ipc paths. */
  readonly directory: string
  /** A name of this run that no other has: its memory and channel endpoints start with it. */
  readonly scope: string
  /** The one stage to run on this host; undefined: all. */
  readonly only: string | undefined
}

/** One replica: where it runs and what it opens. */
export interface ReplicaPlan {
  /** The group and the replica, such as `dryer/2`. */
  readonly name: string
  readonly group: GroupNode
  readonly on: Placement
  readonly spec: HostSpec
}

/** All replicas of a run. */
export interface RunPlan {
  /** Receivers before their senders: the order in which to open them. */
  readonly replicas: readonly ReplicaPlan[]
  /** The directory to make for the run; undefined where no ipc path needs one. */
  readonly directory: string | undefined
  /** True where the senders of its links are run elsewhere. */
  readonly isPart: boolean
}

interface Sides {
  readonly sender: SidePlaces
  readonly receiver: SidePlaces
  readonly trusted: boolean
}

/**
 * Plans a run.
 * @throws {OptionError} for a stage that is not there, a placement that cannot be, or endpoints that do not go round.
 */
export function planRun(options: PlanOptions): RunPlan {
  const { graph, only } = options
  const placements = placementsOf(graph, options.on)
  const groups = only === undefined ? graph.groups : [groupWith(graph, only)]
  const members = new Set(groups.map((group) => group.name))
  const sides = new Map<string, Sides>()
  for (const [index, link] of graph.links.entries()) {
    if (!members.has(link.fromGroup) && !members.has(link.toGroup)) continue
    sides.set(link.name, sidesOf(options, link, index, placements, members))
  }
  const replicas = groups.toReversed().flatMap((group) => {
    const on = placements.get(group.name) ?? 'inline'
    return Array.from({ length: group.replicas }, (_, replica) => ({
      name: `${group.name}/${replica}`,
      group,
      on,
      spec: specOf(graph, group, replica, sides),
    }))
  })
  const directory = needsDirectory(options.directory, replicas) ? options.directory : undefined
  return { replicas, directory, isPart: only !== undefined }
}

/** Says where each group runs: what the run says, else what its first stage says, else inline; a program is a process. */
export function placementsOf(graph: Graph, on: PlacementOption | undefined): ReadonlyMap<string, Placement> {
  const named = on === undefined || typeof on === 'string' ? {} : on
  const chosen = new Map<string, { placement: Placement; stage: string }>()
  for (const [stage, placement] of Object.entries(named)) {
    const group = groupWith(graph, stage).name
    if (placement !== 'process' && programOf(graph, group) !== undefined) {
      throw new OptionError(
        `on.${stage}`,
        `on.${stage} was given '${placement}', but the work of ${stage} is done by a program of its own; allowed: 'process', or leave it out`,
      )
    }
    const other = chosen.get(group)
    if (other !== undefined && other.placement !== placement) {
      throw new OptionError(
        `on.${stage}`,
        `on puts ${stage} ${placement} and ${other.stage} ${other.placement}, but no link lies between them: they run together; allowed: the same for both`,
      )
    }
    chosen.set(group, { placement, stage })
  }
  const all = typeof on === 'string' ? on : undefined
  return new Map(
    graph.groups.map((group) => [
      group.name,
      programOf(graph, group.name) === undefined
        ? (chosen.get(group.name)?.placement ?? all ?? group.on ?? 'inline')
        : 'process',
    ]),
  )
}

/** Finds the group that a stage runs in. */
function groupWith(graph: Graph, stage: string): GroupNode {
  return groupOf(graph, stageOf(graph, stage).group)
}

function sidesOf(
  options: PlanOptions,
  link: LinkNode,
  index: number,
  placements: ReadonlyMap<string, Placement>,
  members: ReadonlySet<string>,
): Sides {
  const senders = groupOf(options.graph, link.fromGroup).replicas
  const receivers = groupOf(options.graph, link.toGroup).replicas
  const given = options.given.get(link.name)
  if (given !== undefined) {
    const crew: LinkCrew = { link, senders, receivers, given }
    return { ...givenSides(crew, members), trusted: false }
  }
  refuseHalf(link, members)
  const scheme = schemeBetween(placements.get(link.fromGroup), placements.get(link.toGroup))
  const endpoints = Array.from({ length: receivers }, (_, replica) =>
    endpointOf(scheme, options, link, index, replica),
  )
  return {
    sender: { bind: [], connect: endpoints },
    receiver: { bind: endpoints.map((endpoint) => [endpoint]), connect: [] },
    trusted: true,
  }
}

function givenSides(
  crew: LinkCrew,
  members: ReadonlySet<string>,
): { sender: SidePlaces; receiver: SidePlaces } {
  const nowhere: SidePlaces = { bind: [], connect: [] }
  if (!members.has(crew.link.toGroup)) return { sender: oneSide(crew, 'sender'), receiver: nowhere }
  if (!members.has(crew.link.fromGroup)) return { sender: nowhere, receiver: oneSide(crew, 'receiver') }
  return bothSides(crew)
}

function refuseHalf(link: LinkNode, members: ReadonlySet<string>): void {
  if (members.has(link.fromGroup) && members.has(link.toGroup)) return
  throw new OptionError(
    `endpoints.${link.name}`,
    `the link ${link.name} leads to another host and has no endpoint; ` +
      `give one by --endpoint ${link.name}=tcp://host:port, by the option endpoints, or in the environment`,
  )
}

type Scheme = 'memory' | 'channel' | 'ipc'

/** Threads of this process speak over channels; where a process stands on either side, the link is a socket. */
function schemeBetween(from: Placement | undefined, to: Placement | undefined): Scheme {
  if (from === 'process' || to === 'process') return 'ipc'
  return from === 'thread' || to === 'thread' ? 'channel' : 'memory'
}

/** Paths are short because the system takes about a hundred octets; the link's number stands for its name. */
function endpointOf(
  scheme: Scheme,
  { directory, scope }: PlanOptions,
  link: LinkNode,
  index: number,
  replica: number,
): string {
  if (scheme === 'ipc') return `ipc://${directory}/${index}.${replica}`
  return `${scheme}://${scope}/${link.name}/${replica}`
}

function specOf(
  graph: Graph,
  group: GroupNode,
  replica: number,
  sides: ReadonlyMap<string, Sides>,
): HostSpec {
  const links: Record<string, LinkPlace> = {}
  for (const link of graph.links) {
    const places = sides.get(link.name)
    if (places === undefined) continue
    const { sender, receiver, trusted } = places
    if (link.fromGroup === group.name) {
      links[link.name] = { ...placeOf(sender, replica), senders: undefined, trusted }
    } else if (link.toGroup === group.name) {
      links[link.name] = {
        ...placeOf(receiver, replica),
        senders: groupOf(graph, link.fromGroup).replicas,
        trusted,
      }
    }
  }
  return { group: group.name, replica, links }
}

function placeOf(side: SidePlaces, replica: number): { bind: readonly string[]; connect: readonly string[] } {
  return { bind: side.bind[replica] ?? [], connect: side.connect.map((to) => ownName(to, replica)) }
}

/** A channel has a name of its own at each end: that of its receiver, and behind it that of its sender. */
function ownName(endpoint: string, replica: number): string {
  return endpoint.startsWith('channel://') ? `${endpoint}/${replica}` : endpoint
}

function needsDirectory(directory: string, replicas: readonly ReplicaPlan[]): boolean {
  const start = `ipc://${directory}/`
  return replicas.some(({ spec }) =>
    Object.values(spec.links).some((place) => place.bind.some((endpoint) => endpoint.startsWith(start))),
  )
}
