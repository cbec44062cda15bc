/** One side of a link on one machine, from its opening to its end, as the log tells of it. */
import type {
  ClosedEvent,
  HandedMessageEvent,
  OpenEvent,
  SentMessageEvent,
  SimulationEvent,
} from '../event.ts'

/** The life of a sending side. */
export interface SenderLife {
  readonly opened: OpenEvent
  readonly messages: SentMessageEvent[]
  closed: ClosedEvent | undefined
  /** Its process was killed: what it knew is gone. */
  killed: boolean
}

/** The life of a receiving side. */
export interface ReceiverLife {
  readonly opened: OpenEvent
  readonly messages: HandedMessageEvent[]
  closed: ClosedEvent | undefined
  killed: boolean
}

/** All lives of all sides. */
export interface Lives {
  readonly senders: readonly SenderLife[]
  readonly receivers: readonly ReceiverLife[]
}

/** Sorts the log by lives. */
export function livesIn(events: readonly SimulationEvent[]): Lives {
  const senders: SenderLife[] = []
  const receivers: ReceiverLife[] = []
  const sending = new Map<string, SenderLife>()
  const receiving = new Map<string, ReceiverLife>()
  for (const event of events) {
    switch (event.what) {
      case 'sender': {
        const life: SenderLife = { opened: event, messages: [], closed: undefined, killed: false }
        senders.push(life)
        sending.set(seat(event), life)
        break
      }
      case 'receiver': {
        const life: ReceiverLife = { opened: event, messages: [], closed: undefined, killed: false }
        receivers.push(life)
        receiving.set(seat(event), life)
        break
      }
      case 'offered':
      case 'accepted':
      case 'turnedAway':
      case 'ended':
        sending.get(seat(event))?.messages.push(event)
        break
      case 'handed':
      case 'finished':
        receiving.get(seat(event))?.messages.push(event)
        break
      case 'senderClosed':
      case 'receiverClosed': {
        const life = (event.what === 'senderClosed' ? sending : receiving).get(seat(event))
        if (life !== undefined) life.closed = event
        break
      }
      case 'killed':
        for (const life of [...sending.values(), ...receiving.values()]) {
          if (life.opened.machine === event.machine) life.killed = true
        }
        break
      default:
    }
  }
  return { senders, receivers }
}

function seat({ machine, link }: { machine: string; link: string }): string {
  return `${machine} ${link}`
}
