/** A place to wait until something is there. */
import { abortable } from './abortable.ts'

/** Lets waiting callers through while it is open, and turns them away once it has failed. */
export class Gate {
  #open = false
  #failure: (() => Error) | undefined
  #waiting: PromiseWithResolvers<void> | undefined

  /** Lets through who waits, and who comes. */
  open(): void {
    this.#open = true
    this.#waiting?.resolve()
    this.#waiting = undefined
  }

  /** Whoever comes from now on waits. */
  shut(): void {
    this.#open = false
  }

  /** Turns away who waits and who comes, for good; the error is made for whoever is turned away, since mostly nobody is. */
  fail(error: () => Error): void {
    this.#failure ??= error
    this.#waiting?.reject(this.#failure())
    this.#waiting = undefined
  }

  /** Resolves when open; rejects with the failure, or with `signal.reason`. */
  async wait(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted()
    if (this.#failure !== undefined) throw this.#failure()
    if (this.#open) return
    this.#waiting ??= silenced(Promise.withResolvers<void>())
    await abortable(this.#waiting.promise, signal)
  }
}

/** Whoever waits sees the rejection; that nobody waits any more is no accident. */
function silenced(waiting: PromiseWithResolvers<void>): PromiseWithResolvers<void> {
  waiting.promise.catch(() => {})
  return waiting
}
