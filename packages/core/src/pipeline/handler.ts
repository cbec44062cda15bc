/** What a user writes: sources, handlers and routes, and the context that each is given. */
import type { Headers } from '../link/link.ts'

/** How much a line of a log matters. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** One line of a stage's log, ready to be sent between processes. */
export interface LogLine {
  readonly level: LogLevel
  readonly stage: string
  readonly replica: number
  readonly text: string
  readonly data?: unknown
}

/** Writes lines that carry the stage and the replica; where they go is the run's choice. Called as it is: `info`. */
export interface Logger {
  (text: string, data?: unknown): void
  debug(text: string, data?: unknown): void
  info(text: string, data?: unknown): void
  warn(text: string, data?: unknown): void
  error(text: string, data?: unknown): void
}

/** What a source is given. */
export interface SourceContext {
  /** Aborts when the run wants no more messages. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly stage: string
  /** Which copy of the stage this is, from 0. */
  readonly replica: number
}

/** What a handler is given beside its message. */
export interface StageContext extends SourceContext {
  /** What travels beside the message; those of the user, of its trace and its deadline go on with what is emitted. */
  readonly headers: Headers
  /** When the message stops to matter: `signal` aborts then. Undefined where its source has set none. */
  readonly deadline: Date | undefined
  /** 1 at the first call for a message. */
  readonly attempt: number
  /** True where an earlier copy of the message may have been handled, in part or wholly. */
  readonly redelivered: boolean
}

/** What a batch stage's handler is given beside its messages. */
export interface BatchContext extends Omit<StageContext, 'headers' | 'deadline'> {
  /** One for each message, in the same order. */
  readonly headers: readonly Headers[]
}

/** A sink that keeps something until the end: a file, a sum, a connection. */
export interface Sink<In> {
  /** Takes one message; the message has ended when this returns or its promise resolves. */
  take(message: In, context: StageContext): unknown
  /** Called once in each replica, after the last message and before the run ends. A failure fails the run. */
  end?(): void | Promise<void>
}

/** Produces the messages of a pipeline; asked for the next only when the last was taken. */
export type Source<Out = unknown> = (context: SourceContext) => AsyncIterable<Out> | Iterable<Out>

/** A stage's work as the graph keeps it: the types were checked when the pipeline was built. */
export type Handler = (message: never, context: never) => unknown

/** Names the branches that a message takes: one, several or none. */
export type Route = (message: never) => unknown
