/** What a program that does a stage's work is told by its environment. Pure. Source: STG-1. */
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

/** The variables by which keys are told; those of the run's own environment are not the program's. */
const guardNames = [
  'KEY_FILE',
  'PUBLIC_KEY',
  'SECRET_KEY',
  'SERVER_KEY',
  'SERVER_KEY_FILE',
  'ALLOW',
  'ALLOW_DIRECTORY',
]

/** Names what a program needs to know of the keys of its run: nothing, where none of its links is tcp. Source: SEC-16. */
export function guardVariables(
  { links }: HostSpec,
  { security, insecure }: Guard,
): Readonly<Record<string, string | undefined>> {
  const none = Object.fromEntries(guardNames.map((name) => [`SLUICE_CURVE_${name}`, undefined]))
  const endpoints = Object.values(links).flatMap(({ bind, connect }) => [...bind, ...connect])
  const variables = { ...none, SLUICE_INSECURE: insecure === true ? '1' : undefined }
  if (security === undefined || !endpoints.some((endpoint) => endpoint.startsWith('tcp://'))) return variables
  const { publicKey, secretKey, serverKey, allow = [], allowDirectory } = security.reveal()
  return {
    ...variables,
    SLUICE_CURVE_PUBLIC_KEY: publicKey,
    SLUICE_CURVE_SECRET_KEY: secretKey,
    SLUICE_CURVE_SERVER_KEY:
      typeof serverKey === 'object'
        ? Object.entries(serverKey)
            .map(([endpoint, key]) => `${endpoint}=${key}`)
            .join(',')
        : serverKey,
    SLUICE_CURVE_ALLOW: allow.length === 0 ? undefined : allow.join(','),
    SLUICE_CURVE_ALLOW_DIRECTORY: allowDirectory,
  }
}

function linkPlaces(graph: Graph, spec: HostSpec): readonly object[] {
  return Object.entries(spec.links).map(([name, { bind, connect, senders, trusted }]) => {
    const { pattern, fromGroup, toGroup } = linkOf(graph, name)
    return {
      name,
      pattern: pattern.name,
      side: fromGroup === spec.group ? 'sender' : 'receiver',
      bind,
      connect,
      identity: `${spec.group}/${spec.replica}`,
      senders: senders ?? null,
      trusted,
      work: workBehind(graph, groupOf(graph, toGroup)),
      // A function among them is the sender's, who is not this program: JSON leaves it out.
      options: pattern.options,
    }
  })
}
