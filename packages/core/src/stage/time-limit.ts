/** A bound on a handler's own time, `timeoutMs`. */
import { TimeoutError } from '../errors.ts'
import type { StageIdentity } from './context.ts'
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

  /** Settles as `answer` does, or rejects with a `TimeoutError` when what is left of the attempt's time has passed. */
  bound<T>(job: Job, answer: PromiseLike<T>): Promise<T> {
    // A thenable of someone else's may throw from `then`, or settle twice.
    const promise = answer instanceof Promise ? (answer as Promise<T>) : Promise.resolve(answer)
    return this.#timeoutMs === undefined ? promise : this.#race(job, promise, this.#timeoutMs)
  }

  #race<T>(job: Job, answer: Promise<T>, timeoutMs: number): Promise<T> {
    const { scope, stage } = this.#identity
    const { context } = job
    const started = scope.clock.now()
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    const timer = scope.after(Math.max(0, job.leftMs), () => {
      const error = new TimeoutError(
        `stage '${stage}' took longer than timeoutMs, ${timeoutMs} ms, for a message`,
        {
          undelivered: job.value,
        },
      )
      this.#count.timedOut++
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
}
