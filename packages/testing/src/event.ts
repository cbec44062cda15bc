/** What happens in a simulation, one event after the other: what the checkers read and people too. */
import type { LinkStats, Outcome, Promises, ReceiverStats } from '@sluice/core'
import type { Figures } from './watch/figures.ts'

interface Happened {
  /** Milliseconds since the beginning. */
  readonly at: number
  /** The machine that it happened at; of a packet, the one that sent it or that it came to. */
  readonly machine: string
}

/** A machine began, ended, stood still or went on. */
export interface MachineEvent extends Happened {
  readonly what: 'began' | 'killed' | 'froze' | 'thawed'
}

/** Two machines were joined by a connection, or one of them learned that it is gone. */
export interface ConnectionEvent extends Happened {
  readonly what: 'connected' | 'disconnected'
  readonly connection: string
  readonly peer: string
}

/** Something was done to the network by the script of faults. */
export interface FaultEvent extends Happened {
  readonly what: 'cut' | 'blocked' | 'opened' | 'healed'
  readonly peer: string
}

/** A packet was sent, came, was lost with its connection, or came once more on the next one. */
export interface PacketEvent extends Happened {
  readonly what: 'sent' | 'came' | 'lost' | 'late'
  readonly connection: string
  readonly peer: string
  readonly packet: Figures
}

/** One side of a link was opened. */
export interface OpenEvent extends Happened {
  readonly what: 'sender' | 'receiver'
  readonly link: string
  readonly pattern: string
  readonly promises: Promises
  readonly options: Readonly<Record<string, unknown>>
  /** Messages at work at once behind a receiver. */
  readonly concurrency: number
  /** How many senders a receiver waits to end. */
  readonly senders?: number | undefined
}

/** A sender was given a message: it took it, refused it, or (later) says how it ended. */
export interface SentMessageEvent extends Happened {
  readonly what: 'offered' | 'accepted' | 'turnedAway' | 'ended'
  readonly link: string
  readonly id: string
  readonly key?: string | undefined
  readonly outcome?: Outcome | undefined
  /** What the sender held then. */
  readonly pending?: number | undefined
  readonly inFlight?: number | undefined
}

/** A receiver handed a message over, or was told how it ended. */
export interface HandedMessageEvent extends Happened {
  readonly what: 'handed' | 'finished'
  readonly link: string
  readonly id: string
  readonly redelivered?: boolean | undefined
  readonly outcome?: Outcome | undefined
}

/** One side of a link has closed, with the last it says of itself. */
export interface ClosedEvent extends Happened {
  readonly what: 'senderClosed' | 'receiverClosed'
  readonly link: string
  readonly stats: LinkStats | ReceiverStats
}

/** Somebody waits for a promise, or it has settled. */
export interface PromiseEvent extends Happened {
  readonly what: 'awaited' | 'settled'
  readonly promise: string
}

/** Anything that happens. */
export type SimulationEvent =
  | MachineEvent
  | ConnectionEvent
  | FaultEvent
  | PacketEvent
  | OpenEvent
  | SentMessageEvent
  | HandedMessageEvent
  | ClosedEvent
  | PromiseEvent

/** An event before it has its time. */
export type Untimed<E extends SimulationEvent = SimulationEvent> = E extends SimulationEvent
  ? Omit<E, 'at'>
  : never

/** Writes an event as one line. */
export function formatEvent({ at, machine, what, ...details }: SimulationEvent): string {
  const words = Object.entries(details)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${typeof value === 'string' ? value : JSON.stringify(value)}`)
  return [at.toFixed(3).padStart(11), machine.padEnd(12), what.padEnd(12), ...words].join(' ').trimEnd()
}
