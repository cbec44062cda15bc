import type { Outcome } from '../link/link.ts'

/** Makes the columns of a ledger in which a message may end, all empty. */
export function nothingEnded(): Record<Outcome, number> {
  return { delivered: 0, dropped: 0, deadLettered: 0, failed: 0, undelivered: 0 }
}
