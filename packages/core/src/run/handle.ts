/** One life of one replica as the run sees it, wherever it runs. */
import type { SluiceErrorOptions } from '../errors.ts'
import { SluiceError } from '../errors.ts'
import type { WaitOptions } from '../link/link.ts'
import type { HostReport } from '../stage/host.ts'

/** A host at a distance: the same calls, and the same promises. */
export interface HostHandle {
  /** Resolves to the endpoints really bound, by link name. Rejects as `done` does. */
  readonly ready: Promise<Readonly<Record<string, readonly string[]>>>
  /** Resolves when everything has drained. Rejects with a `ReplicaError` when it died, else with what it failed by. */
  readonly done: Promise<HostReport>
  connected(options?: WaitOptions): Promise<void>
  start(): void
  drain(): void
  leave(): void
  noMoreSenders(link: string): void
  /** Closes at once; resolves when nothing of it is left. Idempotent; never rejects. */
  close(reason?: Error): Promise<void>
  /** The last counts that are known. */
  stats(): HostReport | undefined
}

/** What a `ReplicaError` says beside its message. */
export interface ReplicaErrorOptions extends SluiceErrorOptions {
  /** The group and the replica, such as `dryer/2`. */
  readonly replica: string
  /** How it ended, such as `SIGKILL` or `exit code 1`. */
  readonly how: string
  readonly output: readonly string[]
  /** Whether it would end so again. Default false. */
  readonly isLasting?: boolean
}

/** A process or a thread of the run ended by itself; carries the last lines that it wrote. */
export class ReplicaError extends SluiceError {
  readonly replica: string
  readonly how: string
  /** Its last lines on standard output and standard error, at most 20. */
  readonly output: readonly string[]
  /** True for a program that ended before it was ready, or could not be started: it would do so again. */
  readonly isLasting: boolean

  constructor(message: string, options: ReplicaErrorOptions) {
    super('ERR_SLUICE_REPLICA', message, options)
    this.replica = options.replica
    this.how = options.how
    this.output = options.output
    this.isLasting = options.isLasting ?? false
  }
}
