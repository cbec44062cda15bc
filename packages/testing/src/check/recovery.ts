/** After faults heal, the backlog is gone in bounded time; and every promise settles. */
import type { SimulationEvent } from '../event.ts'
import { Findings } from './checker.ts'
import type { Checker, Violation } from './checker.ts'

/** How long after the last fault everything may take that was accepted, in virtual milliseconds. */
export const recoveryMs: number = 60_000

/** Makes the checker that gives a backlog so much time. */
export function recoversWithin(boundMs: number): Checker {
  return (events) => recovery(events, boundMs)
}

function recovery(events: readonly SimulationEvent[], boundMs: number): Violation[] {
  const findings = new Findings('recovery')
  const healed = events.findLast((event) => event.what === 'healed')
  if (healed === undefined) return []
  const open = new Map<string, SimulationEvent>()
  const ended = new Set<string>()
  for (const event of events) {
    if (event.what === 'killed') {
      for (const [name, { machine }] of open) if (machine === event.machine) open.delete(name)
    }
    if (event.what !== 'accepted' && event.what !== 'ended') continue
    const name = `${event.machine} ${event.link} ${event.id}`
    if (event.what === 'accepted' && !ended.has(name)) open.set(name, event)
    if (event.what !== 'ended') continue
    ended.add(name)
    const since = Math.max(healed.at, open.get(name)?.at ?? 0)
    open.delete(name)
    if (event.at > since + boundMs)
      findings.add(event, `${event.id} ended ${Math.round(event.at - since)} ms after the network had healed`)
  }
  for (const event of open.values()) {
    if ('id' in event) findings.add(event, `${event.id} was still open when the simulation ended`)
  }
  return findings.violations
}

/** Every promise that somebody waited for has settled by the end. */
export function promisesSettle(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('promises')
  const open = new Map<string, SimulationEvent>()
  for (const event of events) {
    if (event.what === 'awaited') open.set(event.promise, event)
    else if (event.what === 'settled') open.delete(event.promise)
  }
  for (const [name, event] of open) findings.add(event, `${name} never settled`)
  return findings.violations
}
