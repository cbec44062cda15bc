/** `sluice show`: the graph of a pipeline as text. */
import { loadPipeline } from '@sluice/core'
import { codeOfError, exitCode } from '../exit-code.ts'
import { complain } from '../progress/complain.ts'

/** Prints the graph; resolves to the exit code. */
export async function showCommand(
  file: string,
  args: readonly string[],
  name: string | undefined,
): Promise<number> {
  try {
    const pipeline = await loadPipeline(file, { args, name })
    process.stdout.write(`${pipeline.describe()}\n`)
    return exitCode.delivered
  } catch (error) {
    complain(error)
    return codeOfError(error)
  }
}
