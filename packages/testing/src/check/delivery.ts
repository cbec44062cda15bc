/** At least once: nothing is lost, and what comes again comes after a failure, and says so. */
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { livesIn } from './lives.ts'

/** Looks at the links whose pattern delivers at least once. */
export function nothingIsLost(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('at-least-once')
  const { senders } = livesIn(events)
  const promising = new Set(
    senders
      .filter(({ opened }) => opened.promises.delivery === 'at-least-once')
      .map(({ opened }) => opened.link),
  )
  const done = new Set<string>()
  for (const event of events) {
    if (!('link' in event) || !promising.has(event.link)) continue
    if (event.what === 'finished' && event.outcome === 'delivered') done.add(`${event.link} ${event.id}`)
    if (event.what !== 'ended') continue
    if (event.outcome === 'delivered' && !done.has(`${event.link} ${event.id}`))
      findings.add(event, `${event.id} counts as delivered before a handler has finished it`)
    if (event.outcome === 'dropped') findings.add(event, `${event.id} was dropped`)
  }
  for (const { opened, messages, closed, killed } of senders) {
    if (!promising.has(opened.link) || killed) continue
    const open = new Set<string>()
    for (const { what, id } of messages) {
      if (what === 'accepted') open.add(id)
    }
    for (const { what, id } of messages) if (what === 'ended') open.delete(id)
    if (closed !== undefined) for (const id of open) findings.add(closed, `${id} was accepted and is lost`)
  }
  return findings.violations
}

/** Repetitions of backpressure: no more than a window for each failure, each marked as redelivered. */
export function repetitionsAreFew(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('repetitions')
  const backpressure = new Set<string>()
  const handed = new Made<string, { times: number; unmarked: number }>(() => ({ times: 0, unmarked: 0 }))
  let widest = 0
  let failures = 0
  let repeated = 0
  for (const event of events) {
    if (event.what === 'receiver' && event.pattern === 'backpressure') backpressure.add(event.link)
    if ('packet' in event) widest = Math.max(widest, event.packet.mark ?? 0)
    if (event.what === 'disconnected' || event.what === 'killed') failures++
    // A session that is ended by a goodbye gives its window back too.
    if (event.what === 'sent' && event.packet.type === 'bye') failures++
    if (event.what === 'sent' && event.packet.type === 'welcome') failures++
    if (event.what !== 'handed' || !backpressure.has(event.link)) continue
    const message = handed.get(`${event.link} ${event.id}`)
    // The first copy may be the last to come: it was on its way to a machine that stood still.
    if (event.redelivered !== true && ++message.unmarked > 1)
      findings.add(event, `${event.id} came again and is not marked`)
    if (++message.times === 1) continue
    repeated++
    if (repeated > widest * failures)
      findings.add(event, `${repeated} came again after ${failures} failures, with a window of ${widest}`)
  }
  return findings.violations
}
