/** The line between a run and a replica that is elsewhere: what a process and a thread have in common. */
import type { LogLevel } from '../pipeline/handler.ts'
import type { FromReplica, ToReplica } from './messages.ts'

/** What a replica elsewhere does, as it happens. */
export interface ConnectionEvents {
  message(message: FromReplica): void
  /** A line that the replica wrote: `info` for standard output, `warn` for standard error. */
  line(text: string, level: LogLevel): void
  /**
   * It is gone, and all that it wrote was heard; `how` is such as `SIGKILL` or `exit code 1`. Called once.
   * `never` says that it has not begun well, and that it would not if it were started again.
   */
  ended(how: string, never?: 'never'): void
}

/** What a run holds of a replica elsewhere. */
export interface Connection {
  /** Sends a message; one to a replica that is gone is dropped, as `ended` is on the way. */
  send(message: ToReplica): void
  /** Ends the replica at once, whatever it does. */
  kill(): void
}

/** Starts a replica elsewhere. One that imports the pipeline starts empty: what it runs is said by the first message. */
export type Connect = (events: ConnectionEvents) => Connection
