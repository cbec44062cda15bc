/** Each message, and so each request, has exactly one outcome. */
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { livesIn } from './lives.ts'

/** How much later than its patience a request may end: a turn, and what a clock rounds, in milliseconds. */
const slackMs = 50

/** Looks at what every sender was given and says of it in the end. */
export function outcomesAreSingle(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('outcomes')
  for (const { messages, closed, killed } of livesIn(events).senders) {
    const ends = new Made<string, { times: number }>(() => ({ times: 0 }))
    for (const event of messages) {
      if (event.what === 'ended' && ++ends.get(event.id).times > 1)
        findings.add(event, `${event.id} has a second outcome, ${event.outcome}`)
    }
    if (closed === undefined || killed) continue
    for (const { what, id } of messages) {
      if (what === 'accepted' && !ends.has(id)) findings.add(closed, `${id} has no outcome`)
      if (what === 'turnedAway' && ends.has(id))
        findings.add(closed, `${id} was turned away and has an outcome`)
    }
  }
  patience(events, findings)
  return findings.violations
}

/** A request ends in the time that its attempts have, and that its requester stood still. */
function patience(events: readonly SimulationEvent[], findings: Findings): void {
  for (const { opened, messages } of livesIn(events).senders) {
    const { timeoutMs, retries } = opened.options
    if (typeof timeoutMs !== 'number' || typeof retries !== 'number') continue
    const most = timeoutMs * (retries + 1) + stoodStillMs(opened.machine, events) + slackMs
    const since = new Map<string, number>()
    for (const event of messages) {
      if (event.what === 'accepted') since.set(event.id, event.at)
      const waited = event.what === 'ended' ? event.at - (since.get(event.id) ?? event.at) : 0
      if (waited > most) findings.add(event, `${event.id} ended after ${waited} ms, and had ${most}`)
    }
  }
}

function stoodStillMs(machine: string, events: readonly SimulationEvent[]): number {
  let ms = 0
  for (const event of events) {
    if (event.machine !== machine) continue
    if (event.what === 'froze') ms -= event.at
    else if (event.what === 'thawed') ms += event.at
  }
  return Math.max(0, ms)
}
