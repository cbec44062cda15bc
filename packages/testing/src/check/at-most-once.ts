/** At most once: nothing comes twice, and every loss that can be known is counted. */
import type { LinkStats } from '@sluice/core'
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { livesIn } from './lives.ts'
import type { Lives } from './lives.ts'

/** Looks at the links whose pattern delivers at most once. */
export function nothingComesTwice(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('at-most-once')
  const lives = livesIn(events)
  const links = new Set(
    lives.senders
      .filter(({ opened }) => opened.promises.delivery === 'at-most-once')
      .map(({ opened }) => opened.link),
  )
  for (const link of links) lookAt(link, lives, events, findings)
  return findings.violations
}

function lookAt(
  link: string,
  { senders, receivers }: Lives,
  events: readonly SimulationEvent[],
  findings: Findings,
): void {
  const handed = new Made<string, { times: number }>(() => ({ times: 0 }))
  let arrived = 0
  for (const { opened, messages } of receivers) {
    if (opened.link !== link) continue
    for (const event of messages) {
      if (event.what !== 'handed') continue
      arrived++
      if (++handed.get(event.id).times > 1) findings.add(event, `${event.id} came twice`)
    }
  }
  let sent = 0
  for (const { opened, messages, closed, killed } of senders) {
    if (opened.link !== link) continue
    const outcomes = messages.filter(({ what }) => what === 'ended').map(({ outcome }) => outcome)
    sent += outcomes.filter((outcome) => outcome === 'delivered').length
    if (closed === undefined || killed) continue
    const { dropped, droppedBy } = closed.stats as LinkStats
    const told = outcomes.filter((outcome) => outcome === 'dropped').length
    const reasons = Object.values(droppedBy).reduce((sum, count) => sum + count, 0)
    if (told !== dropped || reasons !== dropped)
      findings.add(closed, `${told} were dropped, and ${dropped} counted, ${reasons} with a reason`)
  }
  const isOver = senders.every(
    ({ opened, closed, killed }) => opened.link !== link || closed !== undefined || killed,
  )
  const lost = lostOn(link, { senders, receivers }, events)
  const last = events.at(-1)
  if (isOver && last !== undefined && sent > arrived + lost)
    findings.add(
      last,
      `${sent} were sent, ${arrived} came, and connections lost ${lost}: the others are nowhere`,
    )
}

/** Messages that connections between the two sides of a link have lost. */
function lostOn(link: string, { senders, receivers }: Lives, events: readonly SimulationEvent[]): number {
  const from = new Set(
    senders.filter(({ opened }) => opened.link === link).map(({ opened }) => opened.machine),
  )
  const to = new Set(
    receivers.filter(({ opened }) => opened.link === link).map(({ opened }) => opened.machine),
  )
  let lost = 0
  let atMost = 0
  for (const event of events) {
    if (!('packet' in event) || event.packet.type !== 'batch') continue
    if (!from.has(event.machine) && !from.has(event.peer)) continue
    if (!to.has(event.machine) && !to.has(event.peer)) continue
    const { count = 0 } = event.packet
    if (event.what === 'lost') lost += count
    if (event.what === 'sent') atMost += count
    if (event.what === 'came') atMost -= count
  }
  // What a killed or closed socket was given last never was a packet on any connection.
  return Math.max(lost, atMost)
}
