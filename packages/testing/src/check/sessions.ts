/** Which packet brought a message, and whether that packet belonged to the session of its connection. */
import type { HandedMessageEvent, PacketEvent, SentMessageEvent, SimulationEvent } from '../event.ts'

/** A packet of a session that has come to its other side, and what followed from it at once. */
export interface Arrival {
  readonly packet: PacketEvent
  /** The session that was live on the connection at that side. */
  readonly live: string | undefined
  readonly handed: HandedMessageEvent[]
  readonly ended: SentMessageEvent[]
}

/** Finds what came of each DATA and ACK. What follows from a packet is written down behind it, before anything else comes. */
export function arrivalsIn(events: readonly SimulationEvent[]): Arrival[] {
  const arrivals: Arrival[] = []
  /** By connection and machine: the session as that side knows it. */
  const live = new Map<string, string | undefined>()
  /** Links of another pattern have no sessions; what happens on them beside is not of these packets. */
  const links = new Set<string>()
  let last: Arrival | undefined
  for (const event of events) {
    switch (event.what) {
      case 'handed':
        if (follows(event, last, 'data') && links.has(event.link)) last?.handed.push(event)
        break
      case 'ended':
        if (follows(event, last, 'ack') && links.has(event.link)) last?.ended.push(event)
        break
      case 'sender':
      case 'receiver':
        if (event.pattern === 'backpressure') links.add(event.link)
        last = undefined
        break
      case 'disconnected':
        live.delete(`${event.connection} ${event.machine}`)
        last = undefined
        break
      case 'sent':
        begin(event, live)
        break
      case 'came':
      case 'late': {
        last = undefined
        const { packet, connection, machine } = event
        if (packet.type === 'data' || packet.type === 'ack') {
          last = { packet: event, live: live.get(`${connection} ${machine}`), handed: [], ended: [] }
          arrivals.push(last)
        } else begin(event, live)
        break
      }
      case 'accepted':
      case 'finished':
      case 'offered':
        break
      default:
        last = undefined
    }
    if (last !== undefined && event.at !== last.packet.at) last = undefined
  }
  return arrivals
}

function follows({ machine }: SimulationEvent, last: Arrival | undefined, type: 'data' | 'ack'): boolean {
  return last?.packet.machine === machine && last.packet.packet.type === type
}

/** HELLO and WELCOME begin a session at the side that says or hears them; BYE ends it there. */
function begin(
  { packet, connection, machine, what }: PacketEvent,
  live: Map<string, string | undefined>,
): void {
  const { type, epoch } = packet
  const place = `${connection} ${machine}`
  if (type === 'bye') {
    if (epoch === undefined || live.get(place) === epoch) live.delete(place)
    return
  }
  if (epoch === undefined) return
  // A receiver that is bound begins with its answer, a sender that connects with its HELLO.
  const isReceivers = packet.mark !== undefined
  if (type === 'welcome' && (what === 'sent' || !isReceivers)) live.set(place, epoch)
  else if (type === 'hello' && what === 'sent') live.set(place, epoch)
}
