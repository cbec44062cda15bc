/** What all stages of one host share: its clock, its end, and what has to be undone then. */
import type { Clock, Timer } from '../clock.ts'
import type { HostEnvironment } from './host.ts'

/** Something that wants to know when the host ends. */
export interface Abortable {
  abort(reason: unknown): void
}

/** What a scope takes of its host's environment. */
export type ScopeEnvironment = Pick<HostEnvironment, 'clock' | 'random'>

/** Lives as long as its host; `close` aborts every signal that was asked for and cancels every timer. */
export class Scope {
  readonly clock: Clock
  /** Gives numbers from 0 up to 1, for the jitter of pauses. */
  readonly random: () => number
  readonly replica: number
  readonly #onFailure: (error: Error) => void
  readonly #live = new Set<Abortable>()
  readonly #timers = new Set<Timer>()
  #closed: { readonly reason: unknown } | undefined

  constructor(
    { clock, random = Math.random }: ScopeEnvironment,
    replica: number,
    onFailure: (error: Error) => void,
  ) {
    this.clock = clock
    this.random = random
    this.replica = replica
    this.#onFailure = onFailure
  }

  /** Why the host ended, once it has. */
  get closed(): { readonly reason: unknown } | undefined {
    return this.#closed
  }

  /** Ends the host with an error, from within one of its stages. */
  fail(error: Error): void {
    this.#onFailure(error)
  }

  watch(abortable: Abortable): void {
    this.#live.add(abortable)
  }

  unwatch(abortable: Abortable): void {
    this.#live.delete(abortable)
  }

  /** As the clock's `after`, until the host ends. */
  after(delayMs: number, run: () => void): Timer {
    const timer = this.clock.after(delayMs, () => {
      this.#timers.delete(timer)
      run()
    })
    this.#timers.add(timer)
    return {
      cancel: () => {
        this.#timers.delete(timer)
        timer.cancel()
      },
    }
  }

  close(reason: unknown): void {
    if (this.#closed !== undefined) return
    this.#closed = { reason }
    for (const timer of this.#timers) timer.cancel()
    this.#timers.clear()
    for (const abortable of this.#live) abortable.abort(reason)
    this.#live.clear()
  }
}
