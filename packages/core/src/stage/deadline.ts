/** The deadline of a message: the time after which nobody wants what comes of it. */
import type { Clock } from '../clock.ts'
import { DeadlineError } from '../errors.ts'

/** The deadline that a message came with; undefined where it has none, and for the messages of a batch. */
export function deadlineOf(headers: unknown): Date | undefined {
  const deadline = (headers as { readonly deadline?: unknown } | undefined)?.deadline
  return deadline instanceof Date ? deadline : undefined
}

/** Milliseconds until a deadline; none or less when it has passed, infinite where there is none. */
export function leftUntil(deadline: Date | undefined, clock: Clock): number {
  return deadline === undefined ? Infinity : deadline.getTime() - clock.time()
}

/** What a message fails with when its deadline has passed; `cause` is what its last attempt had failed with. */
export function tooLate(
  stage: string,
  message: unknown,
  deadline: Date | undefined,
  cause?: unknown,
): DeadlineError {
  const when = deadline === undefined ? '' : `, ${deadline.toISOString()}`
  return new DeadlineError(`stage '${stage}' gave up a message at its deadline${when}`, {
    undelivered: message,
    ...(cause === undefined ? {} : { cause }),
  })
}
