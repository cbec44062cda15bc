/** Runs one stage: lets messages in while there is room, and hands on what comes of them as fast as that is taken. */
import type { StageSettings } from '../pipeline/graph.ts'
import type { Handler } from '../pipeline/handler.ts'
import { Attempts } from './attempts.ts'
import type { Answered } from './attempts.ts'
import type { Chain } from './chain.ts'
import { passedOn } from './context.ts'
import type { MessageContext, StageIdentity } from './context.ts'
import { deadlineOf } from './deadline.ts'
import type { Entry } from './entry.ts'
import type { StageStats } from './host.ts'
import { Failures } from './failure.ts'
import { begunJob, Job } from './job.ts'
import type { WorkHeaders } from './job.ts'
import type { Outlet, Outlets } from './outlet.ts'
import { PlainCalls } from './plain-calls.ts'
import type { PlainHost } from './plain-calls.ts'
import type { Stream } from './result.ts'
import { StageCounter } from './stage-counter.ts'
import { runStream } from './stream-run.ts'
import type { StreamHost } from './stream-run.ts'
import type { TimeLimit } from './time-limit.ts'
import { Turns } from './turns.ts'
import { Waiting } from './waiting.ts'

/**
 * At most `concurrency` messages are at work at once; one is at work until everything that it emitted was taken.
 * Whoever offers more gets a promise and holds its own message: nothing queues up here.
 *
 * ```
 *   offer ─▶ attempt ─▶ its turn ─▶ emit ─▶ finish ─▶ room for the next
 *               ▲  │ throws, rejects, takes too long
 *               └──┤ attempts left: after a pause, in which others go on
 *                  └ none left: dead letter, no output ─▶ its turn
 * ```
 *
 * A handler that answers at once, into an outlet that takes at once, goes all the way in one plain call.
 */
export class Executor implements Entry, Answered, PlainHost, StreamHost {
  readonly identity: StageIdentity
  readonly count: StageCounter
  readonly attempts: Attempts
  /** Called when there is room again. */
  onRoom: (() => void) | undefined
  readonly #settings: StageSettings
  /** Undefined for a sink: what it gives back goes nowhere. */
  readonly #outlet: Outlet | undefined
  /** Undefined where order keeps itself: one at a time, or nothing emitted. */
  readonly #turns: Turns<Job> | undefined
  readonly #waiting: Waiting
  readonly #plain: PlainCalls
  readonly #whenIdle: (() => void)[] = []
  #atWork = 0
  #isPassing = false
  #isFilling = false

  constructor(identity: StageIdentity, settings: StageSettings, call: Handler, outlets: Outlets) {
    this.identity = identity
    this.count = new StageCounter(identity.scope.clock)
    this.#settings = settings
    this.attempts = new Attempts(call, new Failures(identity, settings, this.count, outlets.letters), this)
    this.#outlet = outlets.messages
    const keepsOrder = settings.ordered && settings.concurrency > 1 && this.#outlet !== undefined
    this.#turns = keepsOrder ? new Turns(settings.concurrency) : undefined
    this.#waiting = new Waiting(identity.scope, () => this.#fill())
    const waits = this.#turns === undefined && settings.timeoutMs === undefined
    this.#plain = new PlainCalls(this, this.#outlet, waits)
  }

  get hasRoom(): boolean {
    return this.#atWork < this.#settings.concurrency && !this.#waiting.any
  }

  offer(value: unknown, headers: WorkHeaders, chain: Chain | undefined): true | Promise<void> {
    const messages = this.#settings.batch === undefined ? 1 : (value as readonly unknown[]).length
    chain?.begin()
    this.count.in += messages
    if (!this.hasRoom) {
      this.count.waiting += messages
      return this.#waiting.enter(new Job(value, headers, chain, messages))
    }
    this.count.running += messages
    const isAlone = this.#turns === undefined || this.#atWork === 0
    if (isAlone && deadlineOf(headers) === undefined) {
      this.#atWork++
      this.#plain.begin(value, headers, chain, messages)
    } else this.#attempt(new Job(value, headers, chain, messages))
    return true
  }

  /** It gathers nothing. */
  lull(): void {}

  /** Resolves once nothing is at work, nothing waits, and nothing is to be tried again. */
  finish(): Promise<void> {
    if (this.#atWork === 0 && this.#waiting.isEmpty) return Promise.resolve()
    return new Promise((resolve) => this.#whenIdle.push(resolve))
  }

  stats(held: number): StageStats {
    return this.count.stats(held, this.#waiting.retrying)
  }

  /** Gives a message a place at work, for its first attempt or another. */
  #attempt(job: Job): void {
    this.#atWork++
    if (this.#turns !== undefined) job.place = this.#turns.give()
    this.attempts.begin(job)
  }

  jobOf(context: MessageContext, begun: number): Job {
    const job = begunJob(context, begun)
    if (this.#turns !== undefined) job.place = this.#turns.give()
    return job
  }

  through(messages: number, chain: Chain | undefined): void {
    this.#leave(messages)
    chain?.end('delivered', undefined)
    this.#fill()
  }

  retry(job: Job, pauseMs: number): void {
    if (!this.#waiting.hold(job, pauseMs)) {
      this.identity.scope.after(pauseMs, () => this.attempts.begin(job))
      return
    }
    this.#atWork--
    this.#turns?.giveUp(job.place)
    this.#passOthers()
    this.#fill()
  }

  stream(job: Job, stream: Stream, limit: TimeLimit): Promise<void> {
    return runStream(this, job, stream, limit)
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

  /** Lets the job emit now, or when all before it are through. */
  pass(job: Job): void {
    if (this.#turns === undefined || this.#turns.isAt(job.place)) this.#emit(job)
    else {
      if (job.result === undefined) this.#end(job)
      this.#turns.park(job)
    }
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
      this.attempts.recover(job, error)
      return
    }
    if (typeof taken === 'boolean') {
      if (taken) this.#emitted(job)
      this.#finish(job)
    } else this.held(job, taken)
  }

  /** Waits for an output to be taken. */
  held(job: Job, taken: Promise<void>): void {
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
        this.attempts.recover(job, error)
      },
    )
  }

  #emitted(job: Job): void {
    this.count.out++
    job.emitted++
  }

  #finish(job: Job): void {
    job.context?.release()
    if (job.emitted === 0 && job.outcome === 'delivered' && this.#outlet !== undefined) {
      this.count.filtered += job.messages
    }
    this.#leave(job.messages)
    this.#end(job)
    this.#turns?.pass()
    this.#passOthers()
    this.#fill()
  }

  #leave(messages: number): void {
    this.#atWork--
    this.count.running -= messages
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
    while (this.#atWork < this.#settings.concurrency && this.#beginNext()) continue
    this.#isFilling = false
    if (this.hasRoom) this.onRoom?.()
    if (this.#whenIdle.length === 0 || this.#atWork > 0 || !this.#waiting.isEmpty) return
    for (const resolve of this.#whenIdle.splice(0)) resolve()
  }

  /** Begins whoever is next; false when nobody waits. */
  #beginNext(): boolean {
    const job = this.#waiting.next()
    if (job === undefined) return false
    if (job.attempt > 0) {
      this.#attempt(job)
      return true
    }
    const begun = job.proceed
    job.proceed = undefined
    this.count.waiting -= job.messages
    this.count.running += job.messages
    this.#attempt(job)
    begun?.()
    return true
  }
}
