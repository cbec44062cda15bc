/** Who waits for a place at work in a stage: messages that are new, and messages between two attempts. */
import { Deque } from '../queue/deque.ts'
import type { Job } from './job.ts'
import type { Scope } from './scope.ts'

/** Most messages of one stage that are between attempts at once; one more keeps its place at work instead. */
const mostRetries = 1_024

/** Lets those whose pause is over go before those that are new. */
export class Waiting {
  readonly #scope: Scope
  readonly #onDue: () => void
  readonly #new = new Deque<Job>()
  readonly #due = new Deque<Job>()
  #pausing = 0
  #ready = 0

  /** `onDue` is called when the pause of one is over. */
  constructor(scope: Scope, onDue: () => void) {
    this.#scope = scope
    this.#onDue = onDue
  }

  /** Whether somebody would begin now if there were room. */
  get any(): boolean {
    return this.#ready > 0
  }

  get isEmpty(): boolean {
    return !this.any && this.#pausing === 0
  }

  /** Messages between two attempts: in their pause, or past it and without room. */
  get retrying(): number {
    return this.#pausing + this.#due.length
  }

  /** Resolves when the message begins. */
  enter(job: Job): Promise<void> {
    return new Promise((begun) => {
      job.proceed = begun
      this.#new.push(job)
      this.#ready++
    })
  }

  /** Takes in a message whose attempt failed, for its pause; false when as many as may be are there. */
  hold(job: Job, pauseMs: number): boolean {
    if (this.retrying >= mostRetries) return false
    this.#pausing++
    this.#scope.after(pauseMs, () => {
      this.#pausing--
      this.#due.push(job)
      this.#ready++
      this.#onDue()
    })
    return true
  }

  /** Takes out whoever is next. One that is new is told so by what `enter` gave, after it has begun. */
  next(): Job | undefined {
    if (this.#ready === 0) return undefined
    this.#ready--
    return this.#due.shift() ?? this.#new.shift()
  }
}
