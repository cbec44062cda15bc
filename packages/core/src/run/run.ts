/** `run` and `runStage`: a pipeline from its first message to its last. */
import { StateError } from '../errors.ts'
import { programOf } from '../pipeline/find.ts'
import type { Graph } from '../pipeline/graph.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { parseEndpoints } from '../port/endpoint.ts'
import { refuseExposed } from '../security/guard.ts'
import type { Guard } from '../security/guard.ts'
import type { HostSpec } from '../stage/host.ts'
import { makeDirectory, removeDirectory, runDirectory, runScope } from './directory.ts'
import { givenEndpoints } from './endpoints.ts'
import { Journey } from './journey.ts'
import { replicaHere } from './mark.ts'
import { runSettings } from './options.ts'
import type { RunOptions, RunSettings } from './options.ts'
import { moduleOf } from './place.ts'
import { planRun } from './plan.ts'
import type { RunPlan } from './plan.ts'
import type { RunReport } from './report.ts'
import { RunPorts } from './run-ports.ts'

/**
 * Runs a pipeline on this host, until its source has ended and every message with it.
 *
 * Resolves to what was done, once everything has drained and nothing is left: no process, no thread, no file.
 * Replicas in processes and on threads import the pipeline's module, so a module that calls `run` guards the
 * call with `if (import.meta.main)`, or stands in a file of its own.
 *
 * Errors: `OptionError` for options that cannot work; `StateError` where a module calls `run` while it is
 * loaded as a stage; `LinkError` for an endpoint that cannot be bound; `ReplicaError` for a replica that died
 * too often; what a source threw, or a handler under `onError: 'stop'`; `signal.reason`, unwrapped.
 *
 * Not guaranteed: a replica that was killed counts with what it had last reported. The sender's side of each
 * link is the ledger: what a dead replica held comes again on links that redeliver, and is counted then.
 *
 * @example
 * import { pipeline, run } from '@sluice/core'
 *
 * const numbers = pipeline('numbers')
 *   .source('count', () => [1, 2, 3])
 *   .sink('show', (n) => void process.stdout.write(`${n}\n`))
 *
 * const { ledger } = await run(numbers)
 * if (ledger.delivered !== 3) throw new Error('a number is missing')
 */
export async function run(pipeline: Pipeline, options: RunOptions = {}): Promise<RunReport> {
  return runGraph('run', pipeline.graph, options, undefined)
}

/**
 * Runs one stage of a pipeline on this host, with all its replicas; the others run elsewhere and may be
 * started before or after it. Every link of the stage needs an endpoint, by `endpoints` or the environment.
 *
 * Resolves when its source has ended, or when every sender of its links has. Errors: as `run`.
 *
 * @example
 * import { pipeline, runStage } from '@sluice/core'
 * import { backpressure } from '@sluice/patterns'
 *
 * const numbers = pipeline('numbers')
 *   .source('count', () => [1, 2, 3])
 *   .link(backpressure())
 *   .sink('show', (n) => void process.stdout.write(`${n}\n`))
 *
 * // Between hosts it would be tcp://, and each stage a program of its own.
 * const endpoints = { 'count:show': 'ipc://numbers.ipc' }
 * await Promise.all([runStage(numbers, 'count', { endpoints }), runStage(numbers, 'show', { endpoints })])
 */
export async function runStage(
  pipeline: Pipeline,
  stage: string,
  options: RunOptions = {},
): Promise<RunReport> {
  return runGraph('runStage', pipeline.graph, options, stage)
}

/** Runs a graph, or one stage of it; `who` is named in errors of its options. */
export async function runGraph(
  who: string,
  graph: Graph,
  options: RunOptions,
  only: string | undefined,
): Promise<RunReport> {
  refuseInReplica(who)
  const settings = runSettings(who, options)
  settings.signal?.throwIfAborted()
  const plan = planOf(graph, settings, only)
  const ports = new RunPorts(settings.context)
  try {
    if (plan.directory !== undefined) await makeDirectory(plan.directory)
    return await new Journey(graph, plan, settings, ports).travel()
  } finally {
    await ports[Symbol.asyncDispose]()
    if (plan.directory !== undefined) await removeDirectory(plan.directory)
  }
}

/** All that can be refused is refused here, before anything is opened. */
function planOf(graph: Graph, settings: RunSettings, only: string | undefined): RunPlan {
  const links = graph.links.map(({ name }) => name)
  const scope = runScope()
  const plan = planRun({
    graph,
    on: settings.on,
    given: givenEndpoints(links, settings.endpoints, settings.environment),
    directory: runDirectory(scope),
    scope,
    only,
  })
  for (const { spec } of plan.replicas) refuseExposedLinks(spec, settings.guard)
  for (const { on, group } of plan.replicas) {
    if (on !== 'inline' && programOf(graph, group.name) === undefined) moduleOf(graph, group.name, on)
  }
  return plan
}

/** Processes that found it out by themselves would each be started for it. */
function refuseExposedLinks({ links }: HostSpec, guard: Guard): void {
  for (const { bind } of Object.values(links)) refuseExposed(parseEndpoints({ bind, connect: [] }), guard)
}

/** A replica's process that ran the pipeline would start replicas that run the pipeline. */
function refuseInReplica(who: string): void {
  const here = replicaHere()
  if (here === undefined) return
  const error = new StateError(
    `${who}() was called where the module is loaded to run the stage ${here.name}; ` +
      `guard the call by if (import.meta.main), or put it in a file of its own that imports the pipeline`,
  )
  here.misuse(error)
  throw error
}
