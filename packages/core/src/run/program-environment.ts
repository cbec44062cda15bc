/** What a program that does a stage's work is told by its environment. Pure. Source: STG-1. */
import { OptionError } from '../errors.ts'
import { groupOf, linkOf } from '../pipeline/find.ts'
import type { Graph } from '../pipeline/graph.ts'
import { workBehind } from '../pipeline/work-behind.ts'
import type { Guard } from '../security/guard.ts'
import type { HostSpec } from '../stage/host.ts'

/** What it is told beside its links. */
export interface ProgramSettings {
  /** Milliseconds that it may take to finish what it has begun when it is asked to leave. */
  readonly drainTimeoutMs: number
  /** Milliseconds between two of its reports. */
  readonly reportEveryMs: number
  /** The directory of the run's sockets, to be removed when the run is gone without a word. */
  readonly directory: string | undefined
}

/** Names what a replica needs to know, whoever starts it. */
export function placeVariables(graph: Graph, spec: HostSpec): Readonly<Record<string, string>> {
  return {
    SLUICE_STAGE: spec.group,
    SLUICE_REPLICA: String(spec.replica),
    SLUICE_CONCURRENCY: String(groupOf(graph, spec.group).concurrency),
    SLUICE_LINKS: JSON.stringify(linkPlaces(graph, spec)),
  }
}

/** Names every variable of a replica that a run starts; those that are undefined are to be taken away. */
export function programVariables(
  graph: Graph,
  spec: HostSpec,
  { drainTimeoutMs, reportEveryMs, directory }: ProgramSettings,
): Readonly<Record<string, string | undefined>> {
  return {
    ...placeVariables(graph, spec),
    SLUICE_DRAIN_TIMEOUT_MS: String(Math.ceil(drainTimeoutMs)),
    SLUICE_REPORT_EVERY_MS: String(Math.ceil(reportEveryMs)),
    SLUICE_RUN_DIRECTORY: directory,
    SLUICE_CONTROL: 'stdio',
  }
}

/**
 * Refuses keys where a program would need them: it is told none.
 * @throws {OptionError} that names the link.
 */
export function refuseGuarded({ group, links }: HostSpec, { security }: Guard): void {
  if (security === undefined) return
  for (const [name, { bind, connect }] of Object.entries(links)) {
    const endpoint = [...bind, ...connect].find((text) => text.startsWith('tcp://'))
    if (endpoint === undefined) continue
    throw new OptionError(
      `endpoints.${name}`,
      `the link ${name} is guarded by keys at ${endpoint}, which the program of ${group} cannot be told; allowed: ipc:// endpoints for the links of ${group}, or a run without security`,
    )
  }
}

function linkPlaces(graph: Graph, spec: HostSpec): readonly object[] {
  const work = workBehind(graph, groupOf(graph, spec.group))
  return Object.entries(spec.links).map(([name, { bind, connect, senders, trusted }]) => {
    const { pattern, fromGroup } = linkOf(graph, name)
    return {
      name,
      pattern: pattern.name,
      side: fromGroup === spec.group ? 'sender' : 'receiver',
      bind,
      connect,
      identity: `${spec.group}/${spec.replica}`,
      senders: senders ?? null,
      trusted,
      work,
      // A function among them is the sender's, who is not this program: JSON leaves it out.
      options: pattern.options,
    }
  })
}
