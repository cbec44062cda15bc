/** A signal that aborts by itself. */
import type { Clock } from '../clock.ts'
import { TimeoutError } from '../errors.ts'

/** A signal and the means to call it off. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal
}

/** Aborts with a `TimeoutError` that says `what` took too long, unless it is disposed of before. */
export function deadline(clock: Clock, delayMs: number, what: string): Deadline {
  const controller = new AbortController()
  const timer = clock.after(delayMs, () => {
    controller.abort(new TimeoutError(`${what} took longer than ${delayMs} ms`))
  })
  return { signal: controller.signal, [Symbol.dispose]: () => timer.cancel() }
}
