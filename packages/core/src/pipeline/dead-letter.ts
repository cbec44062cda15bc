/** Dead letters: messages that failed for good, kept with their reason. */
import type { Headers } from '../link/link.ts'

/** A message that failed for good, and why. */
export interface DeadLetter<In = unknown> {
  readonly message: In
  readonly headers: Headers
  /** What the last attempt failed with. */
  readonly error: Error
  readonly stage: string
  readonly replica: number
  /** Calls of the handler that were made for it. */
  readonly attempts: number
}

/** Takes dead letters. When `take` throws or rejects, the message counts as failed instead. */
export interface DeadLetterSink<In = never> {
  take(letter: DeadLetter<In>): void | Promise<void>
  /** Called once, when the stage has no more to give. */
  end?(): void | Promise<void>
}
