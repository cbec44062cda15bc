/** Puts a replica where its plan says: on this thread, on one of its own, or in a process. */
import { OptionError } from '../errors.ts'
import { programOf } from '../pipeline/find.ts'
import type { Graph, Placement } from '../pipeline/graph.ts'
import { guardedPorts } from '../port/guarded-ports.ts'
import { guardForm } from '../security/guard-form.ts'
import type { HostSpec } from '../stage/host.ts'
import { openHost } from '../stage/open-host.ts'
import type { Connect } from './connection.ts'
import type { HostHandle } from './handle.ts'
import type { OpenMessage } from './messages.ts'
import type { RunSettings } from './options.ts'
import { connectProcess } from './process.ts'
import { connectProgram } from './program.ts'
import { guardVariables, programVariables } from './program-environment.ts'
import { RemoteHost } from './remote-host.ts'
import { following, reporting } from './run-guard.ts'
import type { RunPorts } from './run-ports.ts'
import { connectThread } from './thread.ts'

/** What every replica of a run has in common. */
export interface PlaceOptions {
  readonly graph: Graph
  readonly settings: RunSettings
  /** Where inline stages open their ports, and channels of threads meet. */
  readonly ports: RunPorts
  readonly directory: string | undefined
}

/** Starts one life of a replica. */
export function place(on: Placement, spec: HostSpec, options: PlaceOptions): HostHandle {
  const { graph, settings, ports, directory } = options
  const { clock, limits, log } = settings
  if (on === 'inline') {
    ports.join(spec)
    const guard = reporting(settings.guard, spec, { clock, log })
    return (settings.openHost ?? openHost)(graph, spec, {
      ports: guardedPorts(ports, guard),
      clock,
      limits,
      log,
    })
  }
  const program = programOf(graph, spec.group)
  if (program !== undefined) {
    const env = { ...process.env, ...program.env, ...variablesOf(spec, options) }
    const { module } = graph
    return new RemoteHost(connectProgram({ program, spec, module, env, clock }), spec, { clock, log })
  }
  const open: OpenMessage = {
    type: 'open',
    place: { module: moduleOf(graph, spec.group, on), pipeline: graph.name, args: settings.args },
    spec,
    limits,
    guard: on === 'process' ? guardForm(settings.guard) : undefined,
    directory,
    reportEveryMs: settings.progressIntervalMs,
  }
  const { onRefused } = settings.guard
  return new RemoteHost(connectorOf(on, spec, options), spec, { clock, log, open, onRefused })
}

function variablesOf(
  spec: HostSpec,
  { graph, settings, directory }: PlaceOptions,
): Readonly<Record<string, string | undefined>> {
  const { drainTimeoutMs, progressIntervalMs, guard } = settings
  const reportEveryMs = progressIntervalMs
  return {
    ...programVariables(graph, spec, { drainTimeoutMs, reportEveryMs, directory }),
    ...guardVariables(spec, guard),
  }
}

function connectorOf(on: Placement, spec: HostSpec, { settings, ports }: PlaceOptions): Connect {
  const name = `${spec.group}/${spec.replica}`
  if (on === 'process') return following(connectProcess(name), settings.guard)
  return connectThread({
    name,
    join: (attach) => ports.switchboard.join(spec, attach),
    clock: settings.clock,
    guard: reporting(settings.guard, spec, settings),
  })
}

/** Refuses early what would else fail in every replica. */
export function moduleOf(graph: Graph, group: string, on: Placement): string {
  if (graph.module !== undefined) return graph.module
  throw new OptionError(
    'module',
    `stage ${group} runs on a ${on}, which has to import the pipeline's module, but pipeline ${graph.name} was not built in one; ` +
      `put it in a file of its own, or say pipeline('${graph.name}', { module: import.meta.url })`,
  )
}
