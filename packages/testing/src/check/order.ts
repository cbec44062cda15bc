/** No gap and no inversion within an epoch. */
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { arrivalsIn } from './sessions.ts'

/** Looks at what receivers of backpressure hand over of each session. */
export function orderHolds(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('order')
  const expected = new Made<string, { next: number }>(() => ({ next: 0 }))
  const places = placesIn(events)
  /** By session and key: the place of the message that was handed over last. */
  const lastPlace = new Map<string, number>()
  for (const { packet, handed, live } of arrivalsIn(events)) {
    const { type, epoch = '', first = 0, count = 0 } = packet.packet
    if (type !== 'data') continue
    const session = expected.get(`${packet.connection} ${epoch}`)
    if (first === session.next && epoch === live) session.next += count
    else if (handed.length > 0)
      findings.add(packet, `handed ${first} of ${epoch} over, where ${session.next} was next`)
    for (const event of handed) {
      const place = places.get(`${packet.peer} ${event.link} ${event.id}`)
      if (place === undefined || event.redelivered === true) continue
      const line = `${epoch} ${place.key}`
      if ((lastPlace.get(line) ?? -1) > place.at)
        findings.add(event, `handed ${event.id} over behind a message that was offered later`)
      lastPlace.set(line, place.at)
    }
  }
  return findings.violations
}

interface Place {
  readonly at: number
  readonly key: string
}

/** The order in which messages were offered, by sender. */
function placesIn(events: readonly SimulationEvent[]): Map<string, Place> {
  const places = new Map<string, Place>()
  for (const [at, event] of events.entries()) {
    if (event.what !== 'offered') continue
    places.set(`${event.machine} ${event.link} ${event.id}`, { at, key: event.key ?? '' })
  }
  return places
}
