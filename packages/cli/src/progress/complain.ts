/** Errors as a person at a terminal wants them: what is wrong and what to do, and no stack. */

import { inspect } from 'node:util'

/** Writes an error and what caused it to standard error, a line each. */
export function complain(error: unknown): void {
  let indent = ''
  for (let at: unknown = error; at !== undefined; at = at instanceof Error ? at.cause : undefined) {
    process.stderr.write(`${indent || 'sluice: '}${at instanceof Error ? at.message : inspect(at)}\n`)
    indent = '  because '
  }
}
