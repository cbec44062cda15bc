/** What a stage does about messages that fail: pauses between attempts, dead letters, and the end of the run. */
import { SluiceError } from '../errors.ts'
import type { DeadLetter } from '../pipeline/dead-letter.ts'
import type { Backoff, StageSettings } from '../pipeline/graph.ts'
import type { Headers } from '../link/link.ts'
import type { StageIdentity } from './context.ts'
import { deadlineOf, tooLate } from './deadline.ts'
import type { Job } from './job.ts'
import type { StageCounter } from './stage-counter.ts'

/** The pause in milliseconds after attempt `attempt`; `chance` is from 0 to 1. */
export function pauseMs(backoff: Backoff, attempt: number, chance: number): number {
  const full = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (attempt - 1))
  return full * (1 - backoff.jitter * chance)
}

/** Ends messages that have failed for good, as the stage's settings say. */
export class Failures {
  readonly #identity: StageIdentity
  readonly #settings: StageSettings
  readonly #count: StageCounter

  constructor(identity: StageIdentity, settings: StageSettings, count: StageCounter) {
    this.#identity = identity
    this.#settings = settings
    this.#count = count
  }

  /** Gives the message to the dead-letter sink, counts it, says so, and stops the run if that was asked for. Never rejects. */
  async end(job: Job, error: Error): Promise<void> {
    const { stage, log, scope } = this.#identity
    const { messages } = job
    const tried = job.attempt === 1 ? '' : ` after ${job.attempt} attempts`
    if (await this.#bury(job, error)) {
      this.#count.deadLettered += messages
      job.outcome = 'deadLettered'
      log.warn(`dead-lettered a message${tried}: ${error.message}`)
    } else {
      this.#count.failed += messages
      job.outcome = 'failed'
      log.error(`failed on a message${tried}: ${error.message}`)
    }
    job.error = error
    if (this.#settings.onError !== 'stop') return
    scope.fail(
      new SluiceError(
        'ERR_SLUICE_STAGE',
        `stage '${stage}' failed on a message${tried}, and onError is 'stop': ${error.message}`,
        {
          cause: error,
        },
      ),
    )
  }

  /** Counts a message as failed whose deadline has passed: no attempt and no dead letter, for nobody wants it any more. */
  expire(job: Job, cause: unknown): void {
    const { stage, log } = this.#identity
    job.error = tooLate(stage, job.value, deadlineOf(job.headers), cause)
    job.outcome = 'failed'
    this.#count.failed += job.messages
    this.#count.expired += job.messages
    log.warn(job.error.message)
  }

  async #bury(job: Job, error: Error): Promise<boolean> {
    const { deadLetter } = this.#settings
    if (deadLetter === undefined) return false
    try {
      // The types were checked when the pipeline was built; the graph keeps the sink for any message.
      for (const letter of this.#letters(job, error)) await deadLetter.take(letter as DeadLetter<never>)
      return true
    } catch (refusal) {
      const reason = refusal instanceof Error ? refusal.message : String(refusal)
      this.#identity.log.error(`the dead-letter sink refused a message: ${reason}`)
      return false
    }
  }

  #letters(job: Job, error: Error): readonly DeadLetter[] {
    const { stage, replica } = this.#identity
    const { value, headers } = job
    const letter = { error, stage, replica, attempts: job.attempt }
    if (this.#settings.batch === undefined)
      return [{ ...letter, message: value, headers: (headers as Headers | undefined) ?? {} }]
    return (value as readonly unknown[]).map((message, at) => ({
      ...letter,
      message,
      headers: (headers as readonly Headers[])[at] ?? {},
    }))
  }
}
