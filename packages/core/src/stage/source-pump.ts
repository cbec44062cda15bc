/** Pulls a source: the next message only when the last was taken. */
import { inspect } from 'node:util'
import { SluiceError } from '../errors.ts'
import type { Source } from '../pipeline/handler.ts'
import { WithHeaders } from '../envelope/with-headers.ts'
import type { Headers } from '../link/link.ts'
import type { StageIdentity } from './context.ts'
import { deadlineOf } from './deadline.ts'
import type { StageStats } from './host.ts'
import { LinkGoneError } from './outlet.ts'
import type { Outlet } from './outlet.ts'
import { Pacer } from './pacer.ts'
import { asError, isThenable, returnQuietly } from './result.ts'
import { StageCounter } from './stage-counter.ts'

/** How long a source that was told to stop may take to answer before it is given up, in milliseconds. */
const graceMs = 1_000

/**
 * Runs until the source ends or is told to stop. `stop` aborts the source's signal and calls its iterator's `return`;
 * what it has promised by then is still waited for, a second at most, so that no message is pulled and lost.
 */
export class SourcePump {
  readonly #identity: StageIdentity
  readonly #produce: Source
  readonly #outlet: Outlet
  readonly #deadlineMs: number | undefined
  readonly #count: StageCounter
  readonly #controller = new AbortController()
  readonly #givenUp = Promise.withResolvers<void>()
  #iterator: AsyncIterator<unknown> | Iterator<unknown> | undefined
  #isStopped = false
  #isGivenUp = false

  constructor(identity: StageIdentity, produce: Source, outlet: Outlet, deadlineMs: number | undefined) {
    this.#identity = identity
    this.#produce = produce
    this.#outlet = outlet
    this.#deadlineMs = deadlineMs
    this.#count = new StageCounter(identity.scope.clock)
  }

  stats(): StageStats {
    return this.#count.stats(0, 0)
  }

  /** Resolves when the source has ended or was stopped, and its last message was taken. Rejects with what it threw. */
  run(): Promise<void> {
    const { scope } = this.#identity
    scope.watch({ abort: (reason) => this.#end(reason) })
    return Promise.race([this.#pump(), this.#givenUp.promise])
  }

  /** Pulls no more. Idempotent. */
  stop(): void {
    if (this.#isStopped) return
    this.#end(new DOMException('The run wants no more messages', 'AbortError'))
    this.#identity.scope.after(graceMs, () => this.#giveUp())
  }

  #end(reason: unknown): void {
    this.#isStopped = true
    this.#controller.abort(reason)
    if (this.#iterator !== undefined) returnQuietly(this.#iterator)
    if (this.#identity.scope.closed !== undefined) this.#giveUp()
  }

  #giveUp(): void {
    this.#isGivenUp = true
    this.#givenUp.resolve()
  }

  /** Waits only where there is something to wait for: a source that is ready costs no promise for each message. */
  async #pump(): Promise<void> {
    const { busy } = this.#count
    const pacer = new Pacer(this.#identity.scope.clock)
    try {
      const iterator = (this.#iterator = this.#open())
      while (!this.#isStopped) {
        let value: unknown
        const begun = busy.begin()
        try {
          const answer = iterator.next()
          const step: IteratorResult<unknown, unknown> = isThenable(answer) ? await answer : answer
          if (step.done === true || this.#isGivenUp) return
          value = isThenable(step.value) ? await step.value : step.value
        } finally {
          busy.end(begun)
        }
        const taken = this.#emit(value)
        if (taken !== undefined) await taken
        const pause = pacer.step()
        if (pause !== undefined) await pause
      }
    } catch (error) {
      // A source that ends by the abort of its signal has done as it was told.
      if (this.#isStopped) return
      if (this.#iterator !== undefined) returnQuietly(this.#iterator)
      throw error instanceof LinkGoneError ? error : this.#explain(asError(error))
    }
  }

  #open(): AsyncIterator<unknown> | Iterator<unknown> {
    const { stage, replica, log } = this.#identity
    const messages = this.#produce({ stage, replica, log, signal: this.#controller.signal })
    if (Symbol.asyncIterator in Object(messages))
      return (messages as AsyncIterable<unknown>)[Symbol.asyncIterator]()
    if (Symbol.iterator in Object(messages)) return (messages as Iterable<unknown>)[Symbol.iterator]()
    throw new TypeError(
      `its function gave ${inspect(messages, { depth: 0 })}; allowed: an iterable or async iterable of messages`,
    )
  }

  /** Undefined when the message was taken at once, else a promise that settles when it is. */
  #emit(given: unknown): Promise<void> | undefined {
    const count = this.#count
    count.in++
    let taken: boolean | Promise<void>
    try {
      const isBare = !(given instanceof WithHeaders)
      const value: unknown = isBare ? given : given.message
      const headers = this.#dated(isBare ? undefined : given.headers)
      taken = value === undefined ? false : this.#outlet.offer(value, headers, undefined)
    } catch (error) {
      count.failed++
      throw error
    }
    if (typeof taken !== 'boolean') return this.#wait(taken)
    if (taken) count.out++
    else count.filtered++
    return undefined
  }

  #dated(headers: Headers | undefined): Headers | undefined {
    if (this.#deadlineMs === undefined || deadlineOf(headers) !== undefined) return headers
    return { ...headers, deadline: new Date(this.#identity.scope.clock.time() + this.#deadlineMs) }
  }

  async #wait(taken: Promise<void>): Promise<void> {
    const count = this.#count
    count.running++
    const begun = count.blocked.begin()
    try {
      await taken
      count.out++
    } catch (error) {
      count.failed++
      throw error
    } finally {
      count.running--
      count.blocked.end(begun)
    }
  }

  #explain(error: Error): SluiceError {
    const { stage } = this.#identity
    return new SluiceError('ERR_SLUICE_SOURCE', `source '${stage}' failed: ${error.message}`, {
      cause: error,
    })
  }
}
