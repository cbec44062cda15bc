/** Exit codes, and what leads to each. */
import { OptionError, StateError } from '@sluice/core'
import type { RunReport } from '@sluice/core'

/** What `sluice` exits with. */
export const exitCode = {
  /** Every message that was accepted was delivered, or dropped by a link that may drop. */
  delivered: 0,
  /** The run failed, or messages ended as failed, dead letters or undelivered. */
  failed: 1,
  /** The command was used wrongly: an option, a file or a graph that cannot work. Nothing was run. */
  wrongUse: 2,
} as const

/** What a finished run exits with. */
export function codeOf({ ledger, stages }: RunReport): number {
  const lost = ledger.failed + ledger.deadLettered + ledger.undelivered
  const refused = Object.values(stages).reduce((sum, stage) => sum + stage.failed + stage.deadLettered, 0)
  return lost + refused === 0 ? exitCode.delivered : exitCode.failed
}

/** What a run that did not finish exits with. */
export function codeOfError(error: unknown): number {
  return error instanceof OptionError || error instanceof StateError ? exitCode.wrongUse : exitCode.failed
}
