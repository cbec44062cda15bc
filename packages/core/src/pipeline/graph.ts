/** The graph: a pipeline as a frozen value, to be inspected before anything runs. */
import type { Pattern } from '../link/link.ts'
import type { DeadLetterSink } from '../dead-letters/dead-letter.ts'
import type { External } from './external.ts'
import type { Handler, Route, Source } from './handler.ts'

/** Where a group runs: on this thread, on a worker thread, or in a child process. */
export type Placement = 'inline' | 'thread' | 'process'

/** When an inbound message is acked: when all it led to is acked by the next link, or once its handler is done. */
export type AckMode = 'finished' | 'handled'

/** What happens when a message has failed for good: it is counted and the stage goes on, or the run fails. */
export type ErrorMode = 'continue' | 'stop'

/** The pause before attempt n + 1: `initialMs * factor^(n - 1)`, at most `maxMs`, less up to the share `jitter` of it. */
export interface Backoff {
  /** Milliseconds before the second attempt. Default 100. */
  readonly initialMs: number
  /** Growth from one pause to the next. Default 2. */
  readonly factor: number
  /** The longest pause in milliseconds. Default 10 000. */
  readonly maxMs: number
  /** The share of each pause that is left to chance, 0 to 1. Default 0.2. */
  readonly jitter: number
}

/** How many messages a batch stage gathers, and how long the first of them waits for the others. */
export interface BatchSettings {
  /** Most messages in one call of the handler. */
  readonly size: number
  /** Milliseconds after the first message at which an unfilled batch is handled all the same. Default 100. */
  readonly withinMs: number
}

/** A stage's options, checked and completed. `on`, `replicas` and `ack` are those of its group. */
export interface StageSettings {
  /** Undefined: where the run says, by default inline. */
  readonly on: Placement | undefined
  readonly replicas: number
  /** Most calls of this stage's handler at once, in each replica. */
  readonly concurrency: number
  /** Whether what is emitted keeps the order of what came in while several handlers are at work. */
  readonly ordered: boolean
  /** Most calls of the handler for one message. */
  readonly attempts: number
  readonly backoff: Backoff
  /** Most milliseconds that the handler may take for one attempt; undefined: no bound. */
  readonly timeoutMs: number | undefined
  /** Milliseconds in which the messages of a source matter; undefined: for ever. */
  readonly deadlineMs: number | undefined
  readonly deadLetter: DeadLetterSink | undefined
  readonly onError: ErrorMode
  readonly ack: AckMode
  readonly batch: BatchSettings | undefined
}

/** What does a stage's work: a function of this program, or a program of its own. */
export type StageHandler = SourceHandler | FunctionHandler | External<never>

/** Produces messages. */
export interface SourceHandler {
  readonly kind: 'source'
  readonly produce: Source
}

/** Handles messages by a function of this program. */
export interface FunctionHandler {
  readonly kind: 'function'
  readonly call: Handler
  /** Called once when the stage has handled its last message. */
  readonly end: (() => void | Promise<void>) | undefined
}

/** Where a stage's output goes: into a link, or straight into a fused neighbour. */
export interface Outlet {
  /** The name of the branch, where the stage fans out. */
  readonly branch: string | undefined
  /** The stage at the other end. */
  readonly to: string
  /** The link between, or undefined where the two are fused. */
  readonly link: string | undefined
  /** Whether dead letters go here, and not what the stage emits. */
  readonly letters: boolean
}

/** One stage: a source, a sink, or anything between. */
export interface StageNode {
  readonly name: string
  readonly kind: 'source' | 'stage' | 'sink'
  /** The group that it runs in, named after the group's first stage. */
  readonly group: string
  readonly handler: StageHandler
  readonly settings: StageSettings
  readonly outlets: readonly Outlet[]
  /** Chooses branches by name; undefined: every message goes to every outlet. */
  readonly route: Route | undefined
}

/** One link between two stages. */
export interface LinkNode {
  /** `from:to`, after the stages on either side. */
  readonly name: string
  readonly from: string
  readonly to: string
  readonly fromGroup: string
  readonly toGroup: string
  readonly pattern: Pattern
  /** Where its receivers bind, unless the run says otherwise. */
  readonly endpoint: string | undefined
}

/** Stages fused together: the unit of placement and of replication. */
export interface GroupNode {
  /** The name of its first stage. */
  readonly name: string
  /** Its stages, each behind all those that feed it. */
  readonly stages: readonly string[]
  /** Names of the links into its first stage; empty where that is the source. */
  readonly inbound: readonly string[]
  /** Names of the links out of any of its stages. */
  readonly outbound: readonly string[]
  readonly on: Placement | undefined
  readonly replicas: number
  /** Most messages at work at once in one replica: the sum over its stages, each times its batch. */
  readonly concurrency: number
}

/** All of a pipeline. Stages, links and groups stand in the order in which messages meet them. */
export interface Graph {
  readonly name: string
  /** The URL of the module that built it, where another process or thread finds it again. */
  readonly module: string | undefined
  readonly stages: readonly StageNode[]
  readonly links: readonly LinkNode[]
  readonly groups: readonly GroupNode[]
}
