/** Delivered ≤ window, at every step: a sender has no more unacked than the mark that it knows, in messages and in bytes. */
import type { PacketEvent, SimulationEvent } from '../event.ts'
import type { Figures } from '../watch/figures.ts'
import { Findings, Made } from './checker.ts'
import type { Violation } from './checker.ts'

/** What a sender knows of one session. */
interface Window {
  /** It has the answer to its greeting: what came before is of no session. */
  begun: boolean
  mark: number
  markBytes: number
  serial: number
  /** The frames that are not acked whole, in order. */
  frames: { readonly first: number; readonly bytes: number; readonly unacked: Set<number> }[]
}

/** Looks at every DATA of backpressure as it is sent. */
export function windowHolds(events: readonly SimulationEvent[]): Violation[] {
  const findings = new Findings('window')
  const windows = new Made<string, Window>(() => ({
    begun: false,
    mark: 0,
    markBytes: Infinity,
    serial: -1,
    frames: [],
  }))
  /** What a receiver that connects said when it greeted, by connection: its session has no name yet. */
  const greeted = new Map<string, Figures>()
  for (const event of events) {
    if (!('packet' in event)) continue
    const { packet } = event
    if (packet.type === 'hello' && packet.epoch === undefined) {
      if (event.what === 'came') greeted.set(event.connection, packet)
      continue
    }
    if (packet.epoch === undefined) continue
    const window = windows.get(packet.epoch)
    if (event.what === 'sent') say(event, window, greeted, findings)
    else if (event.what === 'came' || event.what === 'late') hear(packet, window)
  }
  return findings.violations
}

function say(
  event: PacketEvent,
  window: Window,
  greeted: ReadonlyMap<string, Figures>,
  findings: Findings,
): void {
  const { packet, connection } = event
  const answered = greeted.get(connection)
  if (packet.type === 'welcome' && packet.mark === undefined && answered !== undefined)
    announce(answered, window)
  if (packet.type !== 'data') return
  const { first = 0, count = 0, bytes = 0 } = packet
  window.frames.push({ first, bytes, unacked: new Set(Array.from({ length: count }, (_, at) => first + at)) })
  const unacked = window.frames.reduce((sum, frame) => sum + frame.unacked.size, 0)
  if (unacked > window.mark)
    findings.add(event, `${unacked} messages are unacked in ${packet.epoch} with a mark of ${window.mark}`)
  const whole = window.frames.filter((frame) => frame.unacked.size > 0)
  const octets = whole.reduce((sum, frame) => sum + frame.bytes, 0)
  if (unacked > 1 && whole.length > 1 && octets - (whole[0]?.bytes ?? 0) > window.markBytes)
    findings.add(
      event,
      `${octets} bytes are unacked in ${packet.epoch} with a mark of ${window.markBytes} bytes`,
    )
}

function hear(packet: Figures, window: Window): void {
  if (packet.type === 'welcome') announce(packet, window)
  if (packet.type !== 'ack' || !window.begun) return
  for (const [first, last] of [...(packet.ranges ?? []), ...(packet.rejected ?? [])]) {
    for (const { unacked } of window.frames) {
      for (const sequence of unacked) if (sequence >= first && sequence <= last) unacked.delete(sequence)
    }
  }
  window.frames = window.frames.filter(({ unacked }) => unacked.size > 0)
  announce(packet, window)
}

function announce({ mark, markBytes, serial }: Figures, window: Window): void {
  if (mark === undefined || (serial ?? 0) < window.serial) return
  window.begun = true
  window.serial = serial ?? 0
  window.mark = mark
  if (markBytes !== undefined) window.markBytes = markBytes
}
