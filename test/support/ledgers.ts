/** What the books of a link and of a run must say. */
import type { LinkStats, RunReport } from '@sluice/core'
import { expect } from 'vitest'

/** Every message that was accepted stands in exactly one column. */
export function expectBalanced(stats: LinkStats): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = stats
  expect(delivered + dropped + deadLettered + failed + undelivered + pending + inFlight).toBe(accepted)
}

/** So many were accepted, and each has ended. */
export function expectEnded(stats: LinkStats | undefined, accepted: number): void {
  expect(stats).toMatchObject({ accepted, pending: 0, inFlight: 0, undelivered: 0 })
  if (stats !== undefined) expectBalanced(stats)
}

/** A run has delivered all that it accepted, and so has each of its links. */
export function expectAllDelivered({ ledger, links }: RunReport, all: number): void {
  expect(ledger).toEqual({
    accepted: all,
    delivered: all,
    dropped: 0,
    deadLettered: 0,
    failed: 0,
    undelivered: 0,
    inFlight: 0,
  })
  for (const { sender } of Object.values(links)) {
    expect(sender).toMatchObject({ accepted: sender?.delivered, pending: 0, inFlight: 0, undelivered: 0 })
  }
}
