/** Where the lines of a run go when nobody takes them. */
import { inspect } from 'node:util'
import type { LogLine } from '../pipeline/handler.ts'

/** Shows a line as `dryer/2 | text`; what was logged beside the text stands behind it. */
export function formatLine({ stage, replica, text, data }: LogLine): string {
  const beside = data === undefined ? '' : ` ${inspect(data, { breakLength: Infinity })}`
  return `${stage}/${replica} | ${text}${beside}`
}

/** Writes a line to standard error: standard output belongs to the program that runs the pipeline. */
export function writeToStandardError(line: LogLine): void {
  process.stderr.write(`${formatLine(line)}\n`)
}
