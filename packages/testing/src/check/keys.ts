/** With a key, messages of one key reach their receivers in order, whichever these are. */
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { arrivalsIn } from './sessions.ts'

interface Message {
  readonly id: string
  ended: boolean
  /** The sessions in which it was handed over. */
  readonly sessions: Set<string>
}

/** A message is handed over only when those before it of its key are settled, or lie before it in the same session. */
export function keysHold(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('keys')
  const lines = new Made<string, Message[]>(() => [])
  const lineOf = new Map<string, Message[]>()
  const sessions = new Map<SimulationEvent, { readonly session: string; readonly peer: string }>()
  for (const { packet, handed } of arrivalsIn(events)) {
    for (const event of handed) sessions.set(event, { session: packet.packet.epoch ?? '', peer: packet.peer })
  }
  for (const event of events) {
    if (event.what === 'offered' && event.key !== undefined) {
      const line = lines.get(`${event.machine} ${event.link} ${event.key}`)
      line.push({ id: event.id, ended: false, sessions: new Set() })
      lineOf.set(`${event.machine} ${event.link} ${event.id}`, line)
    } else if (event.what === 'ended') {
      const line = lineOf.get(`${event.machine} ${event.link} ${event.id}`)
      for (const message of line ?? []) if (message.id === event.id) message.ended = true
    } else if (event.what === 'handed') {
      const { session, peer } = sessions.get(event) ?? { session: '', peer: '' }
      const line = lineOf.get(`${peer} ${event.link} ${event.id}`)
      for (const message of line ?? []) {
        if (message.id === event.id) {
          message.sessions.add(session)
          break
        }
        if (!message.ended && !message.sessions.has(session))
          findings.add(event, `handed ${event.id} over ahead of ${message.id} of the same key`)
      }
    }
  }
  return findings.violations
}
