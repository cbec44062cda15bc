/** The life of anything that has an end: it only ever moves forward. */
import { StateError } from '../errors.ts'
import type { SluiceError } from '../errors.ts'

/** Where an object stands in its life. */
export type LifecycleState = 'open' | 'draining' | 'closed'

/**
 * Moves an object forward through its life, and says why a call came too late.
 *
 * ```
 *            drain()              close(error?)
 *   open ────────────▶ draining ────────────────▶ closed
 *     │                                              ▲
 *     └────────────── close(error?) ─────────────────┘
 * ```
 *
 * Every transition answers whether it was this call that made it, so that two callers never do the work twice.
 * Nothing here waits, and nothing leads back.
 */
export class Lifecycle {
  /** Settles when the object is closed: undefined for a normal end, else the error that ended it. Never rejects. */
  readonly closed: Promise<SluiceError | undefined>
  readonly #what: string
  readonly #resolve: (error: SluiceError | undefined) => void
  #state: LifecycleState = 'open'

  /** `what` names the object in error messages, such as `Pusher`. */
  constructor(what: string) {
    this.#what = what
    const { promise, resolve } = Promise.withResolvers<SluiceError | undefined>()
    this.closed = promise
    this.#resolve = resolve
  }

  get state(): LifecycleState {
    return this.#state
  }

  /** Moves from open to draining; true when this call did it. */
  drain(): boolean {
    if (this.#state !== 'open') return false
    this.#state = 'draining'
    return true
  }

  /** Moves to closed from any state and settles `closed`; true when this call did it. */
  close(error?: SluiceError): boolean {
    if (this.#state === 'closed') return false
    this.#state = 'closed'
    this.#resolve(error)
    return true
  }

  /** Throws a `StateError` unless open; `action` is the call as its user wrote it, such as `send()`. */
  assertOpen(action: string): void {
    if (this.#state !== 'open') throw this.#late(action, 'it is open, that is before drain() or close()')
  }

  /** Throws a `StateError` once closed; for what is still allowed while draining. */
  assertNotClosed(action: string): void {
    if (this.#state === 'closed') throw this.#late(action, 'it is open or draining, that is before close()')
  }

  #late(action: string, allowed: string): StateError {
    return new StateError(
      `${this.#what}: ${action} came when it was already ${this.#state}; ${action} is allowed while ${allowed}`,
    )
  }
}
