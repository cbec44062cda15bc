/** Queues stay within their bounds: what a sender has accepted and not settled, and what a receiver has handed over. */
import type { SimulationEvent } from '../event.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'
import { livesIn } from './lives.ts'
import type { ReceiverLife, SenderLife } from './lives.ts'
import { arrivalsIn } from './sessions.ts'

/** Looks at every message as it is accepted and handed over. */
export function queuesAreBounded(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('bounds')
  const { senders, receivers } = livesIn(events)
  const marks = marksIn(events)
  const peers = peersIn(events)
  for (const life of senders) {
    const most = mostAccepted(life, marks.get(life.opened.machine), peers.get(life.opened.machine).size)
    for (const event of life.messages) {
      const { pending = 0, inFlight = 0 } = event
      if (event.what === 'accepted' && pending + inFlight > most)
        findings.add(event, `holds ${pending + inFlight} messages of ${event.link}, and may hold ${most}`)
    }
  }
  for (const life of receivers) {
    if (life.opened.pattern !== 'backpressure') held(life, events, findings)
  }
  heldBySession(events, findings)
  return findings.violations
}

/** What a sender may hold: the sum of its receivers' windows, or what its options say. */
function mostAccepted({ opened }: SenderLife, marks: ReadonlyMap<string, number>, peers: number): number {
  const { pattern, options } = opened
  if (pattern === 'backpressure') return [...marks.values()].reduce((sum, mark) => sum + mark, 0)
  if (pattern === 'request-reply') return Number(options['inFlight']) * Math.max(1, peers)
  return pattern === 'fire-and-forget' ? Number(options['highWaterMark']) : Infinity
}

/** By sender and by receiver: the largest mark that came from there. */
function marksIn(events: readonly SimulationEvent[]): Made<string, Map<string, number>> {
  const marks = new Made<string, Map<string, number>>(() => new Map())
  for (const event of events) {
    if (event.what !== 'came' || event.packet.mark === undefined) continue
    const from = marks.get(event.machine)
    from.set(event.peer, Math.max(from.get(event.peer) ?? 0, event.packet.mark))
  }
  return marks
}

/** By machine: whom it was ever connected to. */
function peersIn(events: readonly SimulationEvent[]): Made<string, Set<string>> {
  const peers = new Made<string, Set<string>>(() => new Set())
  for (const event of events) {
    if (event.what !== 'connected') continue
    peers.get(event.machine).add(event.peer)
    peers.get(event.peer).add(event.machine)
  }
  return peers
}

/** What a receiver without sessions may hold, and a batch that was read when it had room for one message. */
function held(
  { opened, messages }: ReceiverLife,
  events: readonly SimulationEvent[],
  findings: Findings,
): void {
  const { pattern, options, concurrency } = opened
  const batch = events.reduce(
    (most, event) => ('packet' in event ? Math.max(most, event.packet.count ?? 0) : most),
    0,
  )
  const replies = Math.max(64, 2 * concurrency)
  const most =
    pattern === 'request-reply'
      ? replies
      : Math.max(Number(options['highWaterMark']), 2 * concurrency) + batch
  let open = 0
  for (const event of messages) {
    open += event.what === 'handed' ? 1 : -1
    if (open > most) findings.add(event, `works on ${open} messages of ${event.link}, and may on ${most}`)
  }
}

/** Of each session of backpressure, no more is handed over and unfinished than the largest mark that was announced in it. */
function heldBySession(events: readonly SimulationEvent[], findings: Findings): void {
  const sessionOf = new Map<SimulationEvent, string>()
  for (const { packet, handed } of arrivalsIn(events)) {
    for (const event of handed) sessionOf.set(event, packet.packet.epoch ?? '')
  }
  const marks = new Made<string, { mark: number }>(() => ({ mark: 0 }))
  /** A receiver that connects gave its mark before the session had a name. */
  const greeted = new Map<string, number>()
  const open = new Made<string, Set<string>>(() => new Set())
  const where = new Map<string, string>()
  for (const event of events) {
    if ('packet' in event && (event.what === 'sent' || event.what === 'came')) {
      const { type, epoch, mark } = event.packet
      if (type === 'hello' && mark !== undefined) greeted.set(event.connection, mark)
      if (epoch === undefined) continue
      const known = marks.get(epoch)
      known.mark = Math.max(
        known.mark,
        mark ?? 0,
        type === 'welcome' ? (greeted.get(event.connection) ?? 0) : 0,
      )
    } else if (event.what === 'handed') {
      const session = sessionOf.get(event)
      if (session === undefined) continue
      where.set(`${event.machine} ${event.link} ${event.id}`, session)
      const messages = open.get(session).add(event.id)
      const { mark } = marks.get(session)
      if (messages.size > mark)
        findings.add(event, `works on ${messages.size} messages of ${session}, whose mark is ${mark}`)
    } else if (event.what === 'finished') {
      open.get(where.get(`${event.machine} ${event.link} ${event.id}`) ?? '').delete(event.id)
    }
  }
}
