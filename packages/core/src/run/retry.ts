/** Dead letters tried again: each enters its pipeline at the stage where it had failed. */
import { WithHeaders } from '../envelope/with-headers.ts'
import { OptionError } from '../errors.ts'
import { messageOf } from '../dead-letters/file.ts'
import type { StoredDeadLetter } from '../dead-letters/file.ts'
import { beginAt } from '../pipeline/begin-at.ts'
import { stageOf } from '../pipeline/find.ts'
import type { Placement } from '../pipeline/graph.ts'
import type { Pipeline } from '../pipeline/pipeline.ts'
import type { RunOptions } from './options.ts'
import { placementsOf } from './plan.ts'
import type { RunReport } from './report.ts'
import { runGraph } from './run.ts'

/**
 * Runs dead letters through their pipeline again: those of each stage enter at it, one run for each stage that has some.
 * Their headers come along, a deadline aside: it has passed, or would soon.
 *
 * Resolves to the reports, one a stage. What fails again goes where the stage's dead letters go.
 *
 * Errors: `OptionError`, before anything runs, for a letter of a stage that the pipeline does not have, and for a message that was
 * kept as text only; else as `run`.
 */
export async function retryDeadLetters(
  pipeline: Pipeline,
  letters: readonly StoredDeadLetter[],
  options: RunOptions = {},
): Promise<readonly RunReport[]> {
  const byStage = Map.groupBy(letters, ({ stage }) => stage)
  for (const [stage, [first]] of byStage) {
    const found = pipeline.graph.stages.find(({ name }) => name === stage)
    if (found !== undefined && found.kind !== 'source') continue
    throw new OptionError(
      'file',
      `line ${first?.line} is a letter of the stage '${stage}', which pipeline '${pipeline.name}' does not have; its stages are ${pipeline.graph.stages.map(({ name }) => name).join(', ')}`,
    )
  }
  const messages = new Map(letters.map((letter) => [letter, withoutDeadline(letter)]))
  const reports: RunReport[] = []
  for (const [stage, own] of byStage) {
    const produce = (): WithHeaders<unknown>[] => own.flatMap((letter) => messages.get(letter) ?? [])
    const { graph, inline } = beginAt(pipeline.graph, stageOf(pipeline.graph, stage).name, produce)
    const known = placementsOf(pipeline.graph, options.on)
    const on = Object.fromEntries(
      graph.groups.map(({ name }): [string, Placement] => [
        name,
        inline.includes(name) ? 'inline' : (known.get(name) ?? 'inline'),
      ]),
    )
    reports.push(await runGraph('retryDeadLetters', graph, { ...options, on }, undefined))
  }
  return reports
}

function withoutDeadline(letter: StoredDeadLetter): WithHeaders<unknown> {
  const { deadline: _, ...headers } = letter.headers
  return new WithHeaders(messageOf(letter), headers)
}
