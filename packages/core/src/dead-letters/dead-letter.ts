/** Dead letters: messages that failed for good, kept with their reason. */
import type { Headers } from '../envelope/headers.ts'

/** A message that failed for good, and why. */
export interface DeadLetter<In = unknown> {
  /** The `id` of the message's headers where it has one, else one of the letter's own. */
  readonly id: string
  readonly message: In
  readonly headers: Headers
  /** What the last attempt failed with. */
  readonly error: Error
  readonly stage: string
  readonly replica: number
  /** Calls of the handler that were made for it. */
  readonly attempts: number
  /** When the first attempt failed. */
  readonly firstFailedAt: Date
  /** When the last attempt failed. */
  readonly failedAt: Date
}

/** Takes dead letters. When `take` throws or rejects, the message counts as failed instead. */
export interface DeadLetterSink<In = never> {
  take(letter: DeadLetter<In>): void | Promise<void>
  /** Called once, when the stage has no more to give. */
  end?(): void | Promise<void>
}

/** A dead letter in a form that any link carries and any file keeps: the error as its code and its message. */
export interface DeadLetterRecord<In = unknown> extends Omit<DeadLetter<In>, 'error'> {
  readonly error: { readonly code: string; readonly message: string }
}

/** Puts a letter into the form that travels. */
export function recordOf<In>({ error, ...letter }: DeadLetter<In>): DeadLetterRecord<In> {
  const code = (error as { readonly code?: unknown }).code
  return {
    ...letter,
    error: { code: typeof code === 'string' ? code : error.name, message: error.message },
  }
}
