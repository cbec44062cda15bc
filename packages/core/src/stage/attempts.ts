/** Gets an answer for a job out of a stage's handler: calls it, waits for it, and calls it again when it fails. */
import { DeadlineError } from '../errors.ts'
import type { Headers } from '../envelope/headers.ts'
import type { StageSettings } from '../pipeline/graph.ts'
import type { Handler } from '../pipeline/handler.ts'
import type { Chain } from './chain.ts'
import { MessageContext } from './context.ts'
import type { StageIdentity } from './context.ts'
import { deadlineOf, leftUntil } from './deadline.ts'
import { pauseMs } from './failure.ts'
import type { Failures } from './failure.ts'
import { Job } from './job.ts'
import { LinkGoneError } from './outlet.ts'
import { asError, isStream, isThenable } from './result.ts'
import type { StageCounter } from './stage-counter.ts'
import type { Stream } from './result.ts'
import { TimeLimit } from './time-limit.ts'

/** A stage's handler, as its executor calls it. */
export type Call = (value: unknown, context: MessageContext) => unknown

/** Whom attempts report to. */
export interface Answered {
  /** The job has its result, or none: it has given nothing, its stream is at its end, or it has failed for good. */
  pass(job: Job): void
  /** The job's attempt has failed: `begin` is to be called for it again, not before `pauseMs` have passed. */
  retry(job: Job, pauseMs: number): void
  /** Emits a stream; resolves at its end. Rejects when the stream or an offer fails. */
  stream(job: Job, stream: Stream, limit: TimeLimit): Promise<void>
}

/** The attempts of one stage; what came of each job is told to its executor. */
export class Attempts {
  readonly call: Call
  readonly #identity: StageIdentity
  readonly #settings: StageSettings
  readonly #count: StageCounter
  readonly #limit: TimeLimit
  readonly #failures: Failures
  readonly #answered: Answered

  constructor(call: Handler, failures: Failures, answered: Answered) {
    const { identity, settings, count } = failures
    this.call = call as Call
    this.#identity = identity
    this.#settings = settings
    this.#count = count
    this.#limit = new TimeLimit(identity, count, settings.timeoutMs)
    this.#failures = failures
    this.#answered = answered
  }

  /** Calls the handler for a job, for the first time or again. */
  begin(job: Job): void {
    if (leftUntil(deadlineOf(job.headers), this.#identity.scope.clock) <= 0) {
      this.#expire(job, undefined)
      return
    }
    if (++job.attempt > 1) this.#count.retried++
    job.context = new MessageContext(
      this.#identity,
      job.value,
      job.headers,
      job.chain,
      job.messages,
      job.attempt,
    )
    job.begun = this.#count.busy.begin()
    let result: unknown
    try {
      result = this.call(job.value, job.context)
    } catch (error) {
      this.#count.busy.end(job.begun)
      this.recover(job, error)
      return
    }
    this.adopt(job, result)
  }

  /** Goes on with what the handler gave; its stopwatch still runs. */
  adopt(job: Job, result: unknown): void {
    const { busy } = this.#count
    job.leftMs = this.#limit.wholeMs
    if (!isThenable(result)) {
      busy.end(job.begun)
      this.#resolved(job, result)
      return
    }
    this.#limit.bound(job, result).then(
      (value) => {
        busy.end(job.begun)
        this.#resolved(job, value)
      },
      (error: unknown) => {
        busy.end(job.begun)
        this.recover(job, error)
      },
    )
  }

  /** Tries again after a pause, or ends the message, after its handler or its output has failed. */
  recover(job: Job, thrown: unknown): void {
    const { scope } = this.#identity
    job.context?.release()
    job.result = undefined
    if (scope.closed !== undefined || thrown instanceof LinkGoneError) {
      // The host ends: what is unfinished stays open for its sender, and nothing else is begun.
      job.chain?.lose()
      return
    }
    job.firstFailedAt ??= scope.clock.time()
    const pause =
      job.attempt < this.#settings.attempts
        ? pauseMs(this.#settings.backoff, job.attempt, scope.random())
        : undefined
    const leftMs = leftUntil(deadlineOf(job.headers), scope.clock)
    if (thrown instanceof DeadlineError && leftMs <= 0) this.#expire(job, thrown.cause)
    else if (pause === undefined) this.#fail(job, asError(thrown))
    else if (pause >= leftMs) this.#expire(job, thrown)
    else this.#answered.retry(job, pause)
  }

  /** Ends a message whose deadline passed before anything was begun with it, and says so to its chain. */
  turnAway(value: unknown, headers: Headers | undefined, chain: Chain | undefined): void {
    const job = new Job(value, headers, chain, 1)
    this.#count.in++
    this.#failures.expire(job, undefined)
    chain?.end(job.outcome, job.error)
  }

  #expire(job: Job, cause: unknown): void {
    this.#failures.expire(job, cause)
    this.#answered.pass(job)
  }

  #fail(job: Job, error: Error): void {
    this.#failures.end(job, error).then(
      () => this.#answered.pass(job),
      (defect: unknown) => this.#identity.scope.fail(asError(defect)),
    )
  }

  #resolved(job: Job, result: unknown): void {
    if (isStream(result)) {
      this.#answered.stream(job, result, this.#limit).then(
        () => this.#answered.pass(job),
        (error: unknown) => this.recover(job, error),
      )
      return
    }
    job.result = result
    this.#answered.pass(job)
  }
}
