/** Runs one stage: calls its handler for each message, and hands on what it gives as fast as that is taken. */
import type { StageSettings } from '../pipeline/graph.ts'
import type { Handler } from '../pipeline/handler.ts'
import { Deque } from '../queue/deque.ts'
import type { Chain } from './chain.ts'
import { MessageContext, passedOn } from './context.ts'
import type { StageIdentity } from './context.ts'
import { Failures, isLinkGone, pauseMs } from './failure.ts'
import { Job } from './job.ts'
import type { WorkHeaders } from './job.ts'
import type { Entry } from './entry.ts'
import type { StageStats } from './host.ts'
import type { Outlet } from './outlet.ts'
import { asError, isStream, isThenable } from './result.ts'
import { StageCounter } from './stage-counter.ts'
import { runStream } from './stream-run.ts'
import type { StreamHost } from './stream-run.ts'
import { TimeLimit } from './time-limit.ts'
import { Turns } from './turns.ts'

/**
 * At most `concurrency` messages are at work at once; one is at work until everything that it emitted was taken.
 * Whoever offers more gets a promise and holds its own message: nothing queues up here.
 *
 * ```
 *   offer ─▶ attempt ─▶ its turn ─▶ emit ─▶ finish ─▶ room for the next
 *               ▲  │ throws, rejects, takes too long
 *               └──┤ attempts left: after a pause
 *                  └ none left: dead letter, no output ─▶ its turn
 * ```
 *
 * A handler that answers at once, into an outlet that takes at once, goes all the way in one plain call.
 */
export class Executor implements Entry, StreamHost {
  readonly count: StageCounter
  readonly limit: TimeLimit
  /** Called when there is room again. */
  onRoom: (() => void) | undefined
  readonly identity: StageIdentity
  readonly #settings: StageSettings
  readonly #call: (value: unknown, context: MessageContext) => unknown
  /** Undefined for a sink: what it gives back goes nowhere. */
  readonly #outlet: Outlet | undefined
  readonly #failures: Failures
  /** Undefined where order keeps itself: one at a time, or nothing emitted. */
  readonly #turns: Turns<Job> | undefined
  readonly #waiting = new Deque<Job>()
  readonly #whenIdle: (() => void)[] = []
  #atWork = 0
  #isPassing = false
  #isFilling = false

  constructor(identity: StageIdentity, settings: StageSettings, call: Handler, outlet: Outlet | undefined) {
    this.identity = identity
    this.count = new StageCounter(identity.scope.clock)
    this.limit = new TimeLimit(identity, this.count, settings.timeoutMs)
    this.#settings = settings
    this.#call = call as (value: unknown, context: MessageContext) => unknown
    this.#outlet = outlet
    this.#failures = new Failures(identity, settings, this.count)
    this.#turns =
      settings.ordered && settings.concurrency > 1 && outlet !== undefined ? new Turns() : undefined
  }

  get hasRoom(): boolean {
    return this.#atWork < this.#settings.concurrency && this.#waiting.length === 0
  }

  offer(value: unknown, headers: WorkHeaders, chain: Chain | undefined): true | Promise<void> {
    chain?.begin()
    const messages = this.#settings.batch === undefined ? 1 : (value as readonly unknown[]).length
    const job = new Job(value, headers, chain, messages)
    this.count.in += messages
    if (this.hasRoom) {
      this.#begin(job)
      return true
    }
    this.count.waiting += messages
    return new Promise((begun) => {
      job.proceed = begun
      this.#waiting.push(job)
    })
  }

  /** Resolves once nothing is at work and nothing waits. */
  idle(): Promise<void> {
    if (this.#atWork === 0 && this.#waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  /** An executor gathers nothing: at the end there is only what is at work. */
  finish(): Promise<void> {
    return this.idle()
  }

  stats(held: number): StageStats {
    return this.count.stats(held)
  }

  #begin(job: Job): void {
    this.#atWork++
    this.count.running += job.messages
    if (this.#turns !== undefined) job.place = this.#turns.give()
    this.#attempt(job)
  }

  #attempt(job: Job): void {
    const { busy } = this.count
    if (++job.attempt > 1) this.count.retried++
    job.leftMs = this.limit.wholeMs
    job.context = new MessageContext(this.identity, job.headers, job.chain, job.attempt)
    job.begun = busy.begin()
    let result: unknown
    try {
      result = this.#call(job.value, job.context)
    } catch (error) {
      busy.end(job.begun)
      this.#recover(job, error)
      return
    }
    if (isThenable(result)) this.#await(job, result)
    else {
      busy.end(job.begun)
      this.#resolved(job, result)
    }
  }

  /** Waits for a handler whose time is running. */
  #await(job: Job, result: PromiseLike<unknown>): void {
    const { busy } = this.count
    this.limit.bound(job, result).then(
      (value) => {
        busy.end(job.begun)
        this.#resolved(job, value)
      },
      (error: unknown) => {
        busy.end(job.begun)
        this.#recover(job, error)
      },
    )
  }

  #resolved(job: Job, result: unknown): void {
    if (isStream(result)) {
      runStream(this, job, result).then(
        () => this.#pass(job),
        (error: unknown) => this.#recover(job, error),
      )
      return
    }
    job.result = result
    this.#pass(job)
  }

  /** Lets the job emit now, or when all before it are through. */
  #pass(job: Job): void {
    if (this.#turns === undefined || this.#turns.isAt(job.place)) this.#emit(job)
    else {
      if (job.result === undefined) this.#end(job)
      this.#turns.park(job)
    }
  }

  turnOf(job: Job): Promise<void> | undefined {
    const turns = this.#turns
    if (turns === undefined || turns.isAt(job.place)) return undefined
    return new Promise((proceed) => {
      job.proceed = proceed
      turns.park(job)
    })
  }

  /** Hands one message on: true when it was taken, false when no branch wants it. What a sink gives is thrown away. */
  emit(job: Job, value: unknown): boolean | Promise<void> {
    return this.#outlet === undefined ? false : this.#outlet.offer(value, passedOn(job.headers), job.chain)
  }

  /** Emits what a job has that is no stream, and is done with it when that was taken. */
  #emit(job: Job): void {
    const { proceed, result } = job
    if (proceed !== undefined) {
      job.proceed = undefined
      proceed()
      return
    }
    if (result === undefined) {
      this.#finish(job)
      return
    }
    let taken: boolean | Promise<void>
    try {
      taken = this.emit(job, result)
    } catch (error) {
      this.#recover(job, error)
      return
    }
    if (typeof taken === 'boolean') {
      if (taken) this.#emitted(job)
      this.#finish(job)
    } else this.#wait(job, taken)
  }

  #wait(job: Job, taken: Promise<void>): void {
    const { blocked } = this.count
    job.begun = blocked.begin()
    taken.then(
      () => {
        blocked.end(job.begun)
        this.#emitted(job)
        this.#finish(job)
      },
      (error: unknown) => {
        blocked.end(job.begun)
        this.#recover(job, error)
      },
    )
  }

  #emitted(job: Job): void {
    this.count.out++
    job.emitted++
  }

  #recover(job: Job, thrown: unknown): void {
    const { scope } = this.identity
    job.context?.release()
    job.result = undefined
    if (scope.closed !== undefined || isLinkGone(thrown)) {
      // The host ends: what is unfinished stays open for its sender, and nothing else is begun.
      job.chain?.lose()
    } else if (job.attempt < this.#settings.attempts) {
      scope.after(pauseMs(this.#settings.backoff, job.attempt, Math.random()), () => this.#attempt(job))
    } else {
      this.#failures.end(job, asError(thrown)).then(
        () => this.#pass(job),
        (defect: unknown) => scope.fail(asError(defect)),
      )
    }
  }

  #finish(job: Job): void {
    const { count } = this
    job.context?.release()
    if (job.emitted === 0 && job.outcome === 'delivered' && this.#outlet !== undefined)
      count.filtered += job.messages
    count.running -= job.messages
    this.#atWork--
    this.#end(job)
    this.#turns?.pass()
    this.#passOthers()
    this.#fill()
  }

  /** The message is done with here, though its slot may still wait for its turn. */
  #end(job: Job): void {
    const { chain } = job
    job.chain = undefined
    chain?.end(job.outcome, job.error)
  }

  /** Lets those emit that were ready before their turn. One loop, however many there are. */
  #passOthers(): void {
    const turns = this.#turns
    if (turns === undefined || this.#isPassing) return
    this.#isPassing = true
    for (let job = turns.next(); job !== undefined; job = turns.next()) this.#emit(job)
    this.#isPassing = false
  }

  /** Begins what waits while there is room, then says that there is more. */
  #fill(): void {
    if (this.#isFilling || this.identity.scope.closed !== undefined) return
    this.#isFilling = true
    while (this.#waiting.length > 0 && this.#atWork < this.#settings.concurrency) this.#beginWaiting()
    this.#isFilling = false
    if (this.hasRoom) this.onRoom?.()
    if (this.#atWork > 0 || this.#waiting.length > 0) return
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  #beginWaiting(): void {
    const job = this.#waiting.shift()
    if (job === undefined) return
    const begun = job.proceed
    job.proceed = undefined
    this.count.waiting -= job.messages
    this.#begin(job)
    begun?.()
  }
}
