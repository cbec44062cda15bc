/** Nothing from a closed epoch: what belongs to no live session is neither handed over nor counted. */
import type { SimulationEvent } from '../event.ts'
import { Findings } from './checker.ts'
import type { Violation } from './checker.ts'
import { arrivalsIn } from './sessions.ts'

/** Looks at every DATA and ACK of another session than the one of its connection. */
export function epochsHold(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('epochs')
  for (const { packet, live, handed, ended } of arrivalsIn(events)) {
    const { epoch } = packet.packet
    if (epoch === live) continue
    for (const { id } of handed)
      findings.add(packet, `handed ${id} over from ${epoch}, where ${live} is open`)
    for (const { id, outcome } of ended) {
      if (outcome === 'undelivered') continue
      findings.add(packet, `took ${id} for ${outcome} by an ack of ${epoch}, where ${live} is open`)
    }
  }
  return findings.violations
}
