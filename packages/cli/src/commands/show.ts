/** `sluice show`: the graph of a pipeline as text, and how its programs are started by hand. */
import { endpointFlags, loadPipeline, programCommands } from '@sluice/core'
import { codeOfError, exitCode } from '../exit-code.ts'
import { complain } from '../progress/complain.ts'

/** The flags of `sluice show`, as they were given. */
export interface ShowFlags {
  readonly name?: string
  readonly stage?: string
  readonly endpoint?: readonly string[]
}

/** Prints the graph, or the commands of one stage; resolves to the exit code. */
export async function showCommand(
  file: string,
  args: readonly string[],
  { name, stage, endpoint = [] }: ShowFlags,
): Promise<number> {
  try {
    const pipeline = await loadPipeline(file, { args, name })
    const lines =
      stage === undefined
        ? [pipeline.describe()]
        : programCommands(pipeline, stage, { endpoints: endpointFlags(endpoint) })
    process.stdout.write(`${lines.join('\n')}\n`)
    return exitCode.delivered
  } catch (error) {
    complain(error)
    return codeOfError(error)
  }
}
