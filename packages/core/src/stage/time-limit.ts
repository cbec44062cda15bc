/** The bounds on a handler's time: its own, `timeoutMs`, and the deadline of its message. */
import { TimeoutError } from '../errors.ts'
import type { DeadlineError } from '../errors.ts'
import type { StageIdentity } from './context.ts'
import { deadlineOf, leftUntil, tooLate } from './deadline.ts'
import type { Job } from './job.ts'
import type { StageCounter } from './stage-counter.ts'

/** Waits for handlers, and gives up those that take too long: their signal aborts, and they go on unheard. */
export class TimeLimit {
  readonly #identity: StageIdentity
  readonly #count: StageCounter
  readonly #timeoutMs: number | undefined

  constructor(identity: StageIdentity, count: StageCounter, timeoutMs: number | undefined) {
    this.#identity = identity
    this.#count = count
    this.#timeoutMs = timeoutMs
  }

  /** The time of one attempt, in milliseconds. Only time in the handler counts, not time that its output waits. */
  get wholeMs(): number {
    return this.#timeoutMs ?? Infinity
  }

  /**
   * Settles as `answer` does, or rejects with a `TimeoutError` when what is left of the attempt's time has passed, with
   * a `DeadlineError` when the message's deadline has.
   */
  bound<T>(job: Job, answer: PromiseLike<T>): Promise<T> {
    // A thenable of someone else's may throw from `then`, or settle twice.
    const promise = answer instanceof Promise ? (answer as Promise<T>) : Promise.resolve(answer)
    const leftMs = Math.min(job.leftMs, leftUntil(deadlineOf(job.headers), this.#identity.scope.clock))
    return leftMs === Infinity ? promise : this.#race(job, promise, leftMs)
  }

  #race<T>(job: Job, answer: Promise<T>, leftMs: number): Promise<T> {
    const { scope } = this.#identity
    const { context } = job
    const started = scope.clock.now()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = scope.after(Math.max(0, leftMs), () => {
      const error = leftMs < job.leftMs ? this.#tooLate(job) : this.#tooSlow(job)
      reject(error)
      context?.abort(error)
    })
    const inTime = (settle: () => void): void => {
      timer.cancel()
      job.leftMs -= scope.clock.now() - started
      settle()
    }
    answer.then(
      (value) => inTime(() => resolve(value)),
      (error: unknown) => inTime(() => reject(error)),
    )
    return promise
  }

  #tooLate({ value, headers }: Job): DeadlineError {
    return tooLate(this.#identity.stage, value, deadlineOf(headers))
  }

  #tooSlow({ value }: Job): TimeoutError {
    this.#count.timedOut++
    return new TimeoutError(
      `stage '${this.#identity.stage}' took longer than timeoutMs, ${this.#timeoutMs} ms, for a message`,
      { undelivered: value },
    )
  }
}
