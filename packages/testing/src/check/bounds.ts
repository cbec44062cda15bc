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
  const marks = peaksIn(events)
  const connections = connectionsIn(events)
  for (const life of senders) {
    for (const event of life.messages) {
      if (event.what !== 'accepted') continue
      const { pending = 0, inFlight = 0 } = event
      const most = mostAccepted(life, marks.get(event) ?? 0, connections.get(life.opened.machine).most)
      if (pending + inFlight > most)
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
function mostAccepted({ opened }: SenderLife, marks: number, connections: number): number {
  const { pattern, options } = opened
  if (pattern === 'backpressure') return marks
  if (pattern === 'request-reply') return Number(options['inFlight']) * Math.max(1, connections)
  return pattern === 'fire-and-forget' ? Number(options['highWaterMark']) : Infinity
}

/** By message that was accepted: the largest sum of marks that its sender was ever told at once, on all its connections. */
function peaksIn(events: readonly SimulationEvent[]): Map<SimulationEvent, number> {
  const marks = new Made<string, { readonly live: Map<string, number>; peak: number }>(() => ({
    live: new Map(),
    peak: 0,
  }))
  const peaks = new Map<SimulationEvent, number>()
  for (const event of events) {
    const told = marks.get(event.machine)
    if (event.what === 'accepted') peaks.set(event, told.peak)
    else if (event.what === 'disconnected') told.live.delete(event.connection)
    else if (event.what === 'came' && event.packet.mark !== undefined) {
      const { connection, packet } = event
      told.live.set(connection, Math.max(told.live.get(connection) ?? 0, packet.mark ?? 0))
      const sum = [...told.live.values()].reduce((total, mark) => total + mark, 0)
      told.peak = Math.max(told.peak, sum)
    }
  }
  return peaks
}

/** By machine: how many connections it had at once, at most. */
function connectionsIn(
  events: readonly SimulationEvent[],
): Made<string, { most: number; readonly live: Set<string> }> {
  const connections = new Made<string, { most: number; readonly live: Set<string> }>(() => ({
    most: 0,
    live: new Set(),
  }))
  for (const event of events) {
    if (event.what === 'disconnected') connections.get(event.machine).live.delete(event.connection)
    if (event.what !== 'connected') continue
    for (const machine of [event.machine, event.peer]) {
      const known = connections.get(machine)
      known.live.add(event.connection)
      known.most = Math.max(known.most, known.live.size)
    }
  }
  return connections
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
