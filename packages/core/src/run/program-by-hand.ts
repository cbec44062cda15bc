/** How a program of a pipeline is started without a runner, on this host or another. Pure. */
import { OptionError } from '../errors.ts'
import { programOf, stageOf } from '../pipeline/find.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import { shellText } from '../pipeline/shell-text.ts'
import { givenEndpoints } from './endpoints.ts'
import type { EndpointsOption } from './endpoints.ts'
import { planRun } from './plan.ts'
import { placeVariables } from './program-environment.ts'

/** What `programCommands` can be told. */
export interface ProgramCommandsOptions {
  /** Endpoints of the stage's links, by link name, as `run` takes them. */
  readonly endpoints?: EndpointsOption | undefined
  /** Where endpoints are looked up that `endpoints` does not give. Default: `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>> | undefined
}

/**
 * Says by which commands of a shell the program of a stage is started by hand, one for each replica: its links, its name and
 * its options stand in front of it as variables. Nobody supervises what is started so; SIGTERM asks it to leave.
 *
 * Errors: `OptionError` for a stage that is not there or has no program, and for links without endpoints.
 *
 * Source: STG-1.
 *
 * @example
 * import { external, pipeline, programCommands } from '@sluice/core'
 * import { backpressure } from '@sluice/patterns'
 *
 * const dishes = pipeline('dishes')
 *   .source('washer', () => [1, 2, 3])
 *   .link(backpressure())
 *   .sink('shelf', external<number>(['python3', 'shelf.py']))
 *
 * const endpoints = { 'washer:shelf': 'tcp://127.0.0.1:5555' }
 * const [command = ''] = programCommands(dishes, 'shelf', { endpoints })
 * if (!command.startsWith('SLUICE_STAGE=shelf') || !command.endsWith('python3 shelf.py')) throw new Error(command)
 */
export function programCommands(
  { graph }: Pipeline,
  stage: string,
  { endpoints = {}, environment = process.env }: ProgramCommandsOptions = {},
): readonly string[] {
  const { group } = stageOf(graph, stage)
  const program = programOf(graph, group)
  if (program === undefined) {
    throw new OptionError(
      'stage',
      `pipeline '${graph.name}': the work of ${stage} is done by functions of this program; allowed: a stage with external(), or sluice run --stage ${stage}`,
    )
  }
  const given = givenEndpoints(
    graph.links.map(({ name }) => name),
    endpoints,
    environment,
  )
  // A link that leads to nobody here has to have an endpoint, so neither the directory nor the scope names anything.
  const { replicas } = planRun({ graph, on: undefined, given, directory: '', scope: '', only: stage })
  return replicas.map(({ spec }) => {
    const variables = Object.entries({ ...program.env, ...placeVariables(graph, spec) })
    const set = variables.flatMap(([name, value]) =>
      value === undefined ? [] : [`${name}=${shellText(value)}`],
    )
    return [...set, ...program.command.map(shellText)].join(' ')
  })
}
