/** Calls of a handler for messages that go straight through: no job is made of one unless something fails, or takes its time. */
import type { Attempts } from './attempts.ts'
import type { Chain } from './chain.ts'
import { MessageContext, passedOn } from './context.ts'
import type { StageIdentity } from './context.ts'
import type { Job, WorkHeaders } from './job.ts'
import type { Outlet } from './outlet.ts'
import { PendingCalls } from './pending-calls.ts'
import type { CallOwner } from './pending-calls.ts'
import { isStream, isThenable } from './result.ts'
import type { StageCounter } from './stage-counter.ts'

/** What a plain call needs of the stage that it belongs to. */
export interface PlainHost {
  readonly identity: StageIdentity
  readonly count: StageCounter
  readonly attempts: Attempts
  /** Makes a job of a message whose handler was called without one. */
  jobOf(context: MessageContext, begun: number): Job
  /** Waits for what was emitted to be taken. */
  held(job: Job, taken: Promise<void>): void
  /** So many messages are through, and their place at work is free. */
  through(messages: number, chain: Chain | undefined): void
}

/**
 * The way of most messages: the handler answers at once, or by a promise where nothing but its answer is waited for, and
 * what it gives is taken at once. Everything else is handed to a job.
 */
export class PlainCalls implements CallOwner {
  readonly #host: PlainHost
  readonly #outlet: Outlet | undefined
  /** Whether a promise may be waited for here: no turn is kept and no time is limited. */
  readonly #waits: boolean
  readonly #pending: PendingCalls

  constructor(host: PlainHost, outlet: Outlet | undefined, waits: boolean) {
    this.#host = host
    this.#outlet = outlet
    this.#waits = waits
    this.#pending = new PendingCalls(this)
  }

  begin(value: unknown, headers: WorkHeaders, chain: Chain | undefined, messages: number): void {
    const { attempts, count, identity } = this.#host
    const context = new MessageContext(identity, value, headers, chain, messages, 1)
    const begun = count.busy.begin()
    let result: unknown
    try {
      result = attempts.call(value, context)
    } catch (error) {
      this.failed(error, context, begun)
      return
    }
    if (this.#waits && result instanceof Promise) {
      this.#pending.wait(result, context, begun)
    } else if (isThenable(result)) {
      attempts.adopt(this.#host.jobOf(context, begun), result)
    } else this.answered(result, context, begun)
  }

  answered(result: unknown, context: MessageContext, begun: number): void {
    const { attempts, count } = this.#host
    if (isStream(result)) {
      attempts.adopt(this.#host.jobOf(context, begun), result)
      return
    }
    const { chain, messages } = context
    count.busy.end(begun)
    let taken: boolean | Promise<void> = false
    try {
      if (result !== undefined && this.#outlet !== undefined)
        taken = this.#outlet.offer(result, passedOn(context.given), chain)
    } catch (error) {
      attempts.recover(this.#host.jobOf(context, begun), error)
      return
    }
    if (typeof taken !== 'boolean') {
      this.#host.held(this.#host.jobOf(context, begun), taken)
      return
    }
    context.release()
    if (taken) count.out++
    else if (this.#outlet !== undefined) count.filtered += messages
    this.#host.through(messages, chain)
  }

  failed(error: unknown, context: MessageContext, begun: number): void {
    const { attempts, count } = this.#host
    count.busy.end(begun)
    attempts.recover(this.#host.jobOf(context, begun), error)
  }
}
