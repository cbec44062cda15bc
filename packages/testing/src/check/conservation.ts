/** Conservation: accepted = delivered + dropped + deadLettered + failed + undelivered, as counted and as seen. */
import type { LinkStats, Outcome, ReceiverStats } from '@sluice/core'
import type { SimulationEvent } from '../event.ts'
import { Findings } from './checker.ts'
import type { Violation } from './checker.ts'
import { livesIn } from './lives.ts'
import type { ReceiverLife, SenderLife } from './lives.ts'

const outcomes: readonly Outcome[] = ['delivered', 'dropped', 'deadLettered', 'failed', 'undelivered']

/** Looks at the last figures of every side of every link. */
export function nothingVanishes(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('conservation')
  const { senders, receivers } = livesIn(events)
  for (const life of senders) sender(life, findings)
  for (const life of receivers) receiver(life, findings)
  return findings.violations
}

function sender({ messages, closed, killed }: SenderLife, findings: Findings): void {
  if (closed === undefined || killed) return
  const stats = closed.stats as LinkStats
  const sum = outcomes.reduce((total, outcome) => total + stats[outcome], stats.pending + stats.inFlight)
  if (sum !== stats.accepted) findings.add(closed, `accepted ${stats.accepted}, and ${sum} in all columns`)
  const accepted = messages.filter(({ what }) => what === 'accepted').length
  if (accepted !== stats.accepted) findings.add(closed, `accepted ${accepted}, and counted ${stats.accepted}`)
  for (const outcome of outcomes) {
    const seen = messages.filter((event) => event.what === 'ended' && event.outcome === outcome).length
    if (seen !== stats[outcome]) findings.add(closed, `${seen} ${outcome}, and counted ${stats[outcome]}`)
  }
}

function receiver({ messages, closed, killed }: ReceiverLife, findings: Findings): void {
  if (closed === undefined || killed) return
  const { received, delivered, deadLettered, failed, dropped, held } = closed.stats as ReceiverStats
  const sum = delivered + deadLettered + failed + dropped + held
  if (sum !== received) findings.add(closed, `received ${received}, and ${sum} in all columns`)
  const handed = messages.filter(({ what }) => what === 'handed').length
  if (handed > received) findings.add(closed, `handed ${handed} over, and counted ${received}`)
}
