/** What a pattern is to the pipeline: the interface that any hop between two stages implements. */
import type { Clock } from '../clock.ts'
import type { Headers } from '../envelope/headers.ts'
import type { SluiceError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Ports } from '../port/port.ts'
import type { Refusals } from '../port/refusals.ts'

export type { Headers } from '../envelope/headers.ts'

/** How a message ended, as its sender's ledger counts it. */
export type Outcome = 'delivered' | 'dropped' | 'deadLettered' | 'failed' | 'undelivered'

/** Waits for the end of one message. A ticket is settled exactly once. */
export interface Ticket {
  settle(outcome: Outcome, error?: Error): void
}

/** Which promises a pattern makes; the conformance suite and the runners read them, and nothing else. */
export interface Promises {
  readonly delivery: 'at-most-once' | 'at-least-once'
  /** What a sender does while nobody is there. */
  readonly nobodyThere: 'drops' | 'waits' | 'fails'
  /** What a slow receiver does to its sender. */
  readonly slowReceiver: 'drops' | 'waits'
  /** Whether a receiver that dies loses what it held. */
  readonly receiverDies: 'loses' | 'redelivers'
}

/** Where one side of a link stands. */
export interface Site {
  readonly ports: Ports
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  /** A label that stays the same over a restart, such as `dryer/2`. */
  readonly identity: string
  /** How many senders a receiver waits to end, or undefined: all that ever came. */
  readonly senders: number | undefined
  readonly trusted: boolean
  /** How many messages are at work at once behind a receiver, as far as acks chain: the least useful window. */
  readonly concurrency: number
  readonly clock: Clock
  /** Gives numbers from 0 up to 1, for the jitter of pauses. */
  readonly random: () => number
  readonly limits: Limits
  /** Counts what the ports refuse, where somebody wants to know. */
  readonly refusals?: Refusals | undefined
}

/** The ledger of one side of a link: `accepted = delivered + dropped + deadLettered + failed + undelivered + pending + inFlight`. */
export interface LinkStats {
  readonly accepted: number
  readonly delivered: number
  readonly dropped: number
  /** Why, for each dropped message: `no-peer`, `full`, … */
  readonly droppedBy: Readonly<Record<string, number>>
  readonly deadLettered: number
  readonly failed: number
  /** Accepted, and not settled when the link was closed. */
  readonly undelivered: number
  /** Sent again after the peer that held them was lost; beside the sum, not in it. */
  readonly redelivered: number
  /** Accepted and not yet sent. */
  readonly pending: number
  /** Sent and not yet acked or answered. */
  readonly inFlight: number
  /** Peers with a live session. */
  readonly peers: number
  /** Frames from peers that were thrown away because they broke a rule. */
  readonly refused: number
  /** Why, as far as it is known: `key`, `mechanism`, `handshake`, `peers`, `sessions`, `bytes`, `decode`, `protocol`. */
  readonly refusedBy?: Readonly<Record<string, number>>
  /** Times the sender had to wait for credit, and how long in all, in milliseconds. */
  readonly waits: number
  readonly waitedMs: number
  /** Of a link with an outbox; its messages are accepted when they are stored, or found there. */
  readonly outbox?: OutboxStats | undefined
}

/** What a link's outbox holds. */
export interface OutboxStats {
  /** Messages that an earlier sender left in it; they are in `accepted` too. */
  readonly recovered: number
  /** Messages in it now: stored, and not settled. */
  readonly stored: number
  readonly storedBytes: number
}

/** What every call that waits takes. */
export interface WaitOptions {
  /** Rejects the wait with `signal.reason`. */
  readonly signal?: AbortSignal | undefined
}

/** The side of a link that messages are handed to. Its calls may overlap. */
export interface LinkSender {
  /**
   * Takes a message: true when it was taken at once, else a promise that settles when it is.
   * The ticket is settled when the message has ended. Throws `EncodeError` for what cannot travel.
   */
  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): true | Promise<void>
  /** Resolves once a receiver is there. */
  ready(options?: WaitOptions): Promise<void>
  /**
   * Says that little follows, if anything: receivers that gather messages handle what they have. More may be offered
   * all the same. Left out by a pattern that cannot say it.
   */
  lull?(): void
  /** Says that acks are waited for: receivers that gather them say what they have. Left out by a pattern that cannot say it. */
  hasten?(): void
  /** Takes no more, sees every message settled and every receiver told of the end, then closes. */
  drain(options?: WaitOptions): Promise<void>
  /** Closes at once; what is pending or in flight is settled as `undelivered`. Idempotent. */
  close(reason?: Error): Promise<void>
  stats(): LinkStats
  /** Resolves to the endpoints really bound. */
  endpoints(): Promise<readonly string[]>
  /** Settles when the link can no longer work: undefined after a drain or close, else the error. Never rejects. */
  readonly closed: Promise<SluiceError | undefined>
}

/** Messages that arrived together. Each is settled once, by index, in any order; an index settled twice is a defect. */
export interface Delivery {
  readonly values: readonly unknown[]
  /** One for each value, or undefined when none has any. */
  readonly headers: readonly (Headers | undefined)[] | undefined
  readonly redelivered: boolean
  /** Aborts when the sender no longer wants the answer (request-reply only). */
  signal(index: number): AbortSignal | undefined
  /**
   * True once nobody waits for a message here: its request was called off, or its session is over and it comes again
   * elsewhere. A handler that has not begun it need not; it is settled as `undelivered`. Left out by a pattern that cannot know.
   */
  stale?(index: number): boolean
  /**
   * Says, ahead of `settle`, that the handler is done with a message and only acks from further down are awaited: it does not
   * keep another from being worked on. True where the sender is held up by those acks, or soon will be. Optional on both sides.
   */
  handled?(index: number): boolean
  /** Tells the sender how a message ended; `reply` is its answer where the pattern has one. */
  settle(index: number, outcome: Outcome, error?: Error, reply?: unknown): void
}

/** The side of a link that hands messages to a stage. */
export interface LinkReceiver {
  /**
   * Starts: every delivery is handed over as it comes, bounded by the pattern's window. Called once.
   * `onLast` is called once, when every expected sender has said that nothing follows and the last message was handed
   * over, settled or not: a stage that gathers messages handles what it has then. It is no end: what another receiver
   * loses may still come, until `ended`. A pattern that cannot know it leaves it out.
   */
  start(onDelivery: (delivery: Delivery) => void, onLast?: () => void): void
  /** Lets senders send no more than what is outstanding; `resume` takes it back. */
  pause(): void
  resume(): void
  /** Resolves when every expected sender has ended and every message was handed over and settled; rejects never. */
  readonly ended: Promise<void>
  /** Says that the senders of this run are gone: ends as soon as nothing more can come. */
  noMoreSenders(): void
  /** Takes no more, sees what it holds settled and tells the senders, then closes. */
  drain(options?: WaitOptions): Promise<void>
  /** Closes at once. Idempotent. */
  close(reason?: Error): Promise<void>
  stats(): ReceiverStats
  endpoints(): Promise<readonly string[]>
  readonly closed: Promise<SluiceError | undefined>
}

/** What a receiver has seen: `received = delivered + deadLettered + failed + dropped + held`. */
export interface ReceiverStats {
  readonly received: number
  readonly delivered: number
  readonly deadLettered: number
  readonly failed: number
  readonly dropped: number
  /** Of the dropped: known by their id, and acked as delivered (`dedupe`). Left out where nothing is remembered. */
  readonly duplicates?: number | undefined
  /** Handed over and not yet settled. */
  readonly held: number
  /** Messages that came marked as redelivered. */
  readonly redelivered: number
  readonly peers: number
  readonly refused: number
  /** Why, as far as it is known; by the same names as at the sender. */
  readonly refusedBy?: Readonly<Record<string, number>>
}

/** A way to join two stages. Immutable: a value that can be inspected before anything runs. */
export interface Pattern {
  readonly name: string
  readonly promises: Promises
  /** The options as given and completed, in a form that can be printed. */
  readonly options: Readonly<Record<string, unknown>>
  /** The option by which a user has fixed how many messages of one sender are outstanding at one receiver at most: a batch that is larger is refused. */
  readonly outstanding?: { readonly option: string; readonly most: number } | undefined
  sender(site: Site): LinkSender
  receiver(site: Site): LinkReceiver
}
