/** The host: one replica of one group of fused stages, on this thread. The contract between stages and runners. */
import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'
import type { LinkStats, ReceiverStats, WaitOptions } from '../link/link.ts'
import type { LogLine } from '../pipeline/handler.ts'
import type { Ports } from '../port/port.ts'

/** Where one link of a group stands, as its runner decided. */
export interface LinkPlace {
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  /** How many senders a receiver waits to end, or undefined: all that ever came. */
  readonly senders: number | undefined
  /** True where both ends were started by this run. */
  readonly trusted: boolean
}

/** What to open, in a form that travels as JSON. */
export interface HostSpec {
  readonly group: string
  readonly replica: number
  /** By link name, such as `washer:dryer`: every link into and out of the group. */
  readonly links: Readonly<Record<string, LinkPlace>>
}

/** What a host stands on. */
export interface HostEnvironment {
  readonly ports: Ports
  readonly clock: Clock
  /** Gives numbers from 0 up to 1, for the jitter of pauses. Default: `Math.random`. */
  readonly random?: (() => number) | undefined
  readonly limits: Limits
  log(line: LogLine): void
}

/** What a stage has done: `in = out-or-filtered messages + failed + deadLettered + running + waiting`, for a stage that gives one for one. */
export interface StageStats {
  /** Messages that came in. */
  readonly in: number
  /** Messages emitted and taken by what is behind; each counts once, however many branches took it. */
  readonly out: number
  /** Messages whose handler was done without an output, on a stage that is not a sink. */
  readonly filtered: number
  readonly failed: number
  readonly deadLettered: number
  /** Attempts beyond the first. */
  readonly retried: number
  /** Attempts that ended because `timeoutMs` passed. */
  readonly timedOut: number
  /** Of those failed, messages whose deadline had passed. */
  readonly expired: number
  /** Messages in the handler, in a pause between attempts, or waiting to be emitted. */
  readonly running: number
  /** Of those running, how many are between two attempts: others have their place at work meanwhile. */
  readonly retrying: number
  /** Of those waiting, how many wait for an earlier message of their key, which may be one that is tried again. */
  readonly heldByKey: number
  /** Messages that came in and wait for a free handler or for their batch. */
  readonly waiting: number
  /** Milliseconds that handlers were at work, summed over calls; where they are short, an estimate by one in sixteen. */
  readonly busyMs: number
  /** Milliseconds that outputs waited for what is behind to take them, summed in the same way. */
  readonly blockedMs: number
}

/** What one replica of a group has done, in a form that travels as JSON. */
export interface HostReport {
  readonly group: string
  readonly replica: number
  readonly stages: Readonly<Record<string, StageStats>>
  /** By link name; a group holds one side of each of its links. */
  readonly links: Readonly<Record<string, LinkReport>>
}

/** The side of a link that a group holds. */
export interface LinkReport {
  readonly sender?: LinkStats
  readonly receiver?: ReceiverStats
}

/** The life of one replica: opened, connected, started, drained or closed. */
export interface Host {
  /** Resolves to the endpoints really bound, by link name, once every link is bound. Rejects with a `LinkError`. */
  readonly ready: Promise<Readonly<Record<string, readonly string[]>>>
  /** Resolves once every outbound link has a receiver. */
  connected(options?: WaitOptions): Promise<void>
  /** Lets deliveries in and, in a group with the source, starts to pull it. Called once. */
  start(): void
  /** A source stops pulling and ends; other groups go on until their senders have ended. */
  drain(): void
  /**
   * Takes no more from the links into it, though their senders go on, and ends when what it holds is seen through:
   * for a stage that leaves a run which goes on elsewhere. A source does as at `drain`.
   */
  leave(): void
  /** Says of an inbound link that its senders are gone: it ends as soon as nothing more can come. */
  noMoreSenders(link: string): void
  /** Closes at once; what is held is left unsettled, so that its senders know. Idempotent; never rejects. */
  close(reason?: Error): Promise<void>
  stats(): HostReport
  /** Resolves when everything has drained; rejects on failure: a source that threw, `onError: 'stop'`, a link that broke, a close. */
  readonly done: Promise<HostReport>
}
