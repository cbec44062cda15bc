/** What a stage does about messages that fail: pauses between attempts, dead letters, and the end of the run. */
import { randomUUID } from 'node:crypto'
import { SluiceError } from '../errors.ts'
import { recordOf } from '../dead-letters/dead-letter.ts'
import type { DeadLetter } from '../dead-letters/dead-letter.ts'
import type { Backoff, StageSettings } from '../pipeline/graph.ts'
import type { Headers } from '../link/link.ts'
import { passedOn } from './context.ts'
import type { StageIdentity } from './context.ts'
import { deadlineOf, tooLate } from './deadline.ts'
import type { Job } from './job.ts'
import type { Outlet } from './outlet.ts'
import type { StageCounter } from './stage-counter.ts'

/** The pause in milliseconds after attempt `attempt`; `chance` is from 0 to 1. */
export function pauseMs(backoff: Backoff, attempt: number, chance: number): number {
  const full = Math.min(backoff.maxMs, backoff.initialMs * backoff.factor ** (attempt - 1))
  return full * (1 - backoff.jitter * chance)
}

/** Ends messages that have failed for good, as the stage's settings say. */
export class Failures {
  readonly identity: StageIdentity
  readonly settings: StageSettings
  readonly count: StageCounter
  readonly #letters: Outlet | undefined

  /** Dead letters go to `letters`, where the stage has a branch for them, else to the sink of its settings. */
  constructor(
    identity: StageIdentity,
    settings: StageSettings,
    count: StageCounter,
    letters: Outlet | undefined,
  ) {
    this.identity = identity
    this.settings = settings
    this.count = count
    this.#letters = letters
  }

  /** Gives the message to the dead-letter sink, counts it, says so, and stops the run if that was asked for. Never rejects. */
  async end(job: Job, error: Error): Promise<void> {
    const { stage, log, scope } = this.identity
    const { messages } = job
    const tried = job.attempt === 1 ? '' : ` after ${job.attempt} attempts`
    if (await this.#bury(job, error)) {
      this.count.deadLettered += messages
      job.outcome = 'deadLettered'
      log.warn(`dead-lettered a message${tried}: ${error.message}`)
    } else {
      this.count.failed += messages
      job.outcome = 'failed'
      log.error(`failed on a message${tried}: ${error.message}`)
    }
    job.error = error
    if (this.settings.onError !== 'stop') return
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
    const { stage, log } = this.identity
    job.error = tooLate(stage, job.value, deadlineOf(job.headers), cause)
    job.outcome = 'failed'
    this.count.failed += job.messages
    this.count.expired += job.messages
    log.warn(job.error.message)
  }

  async #bury(job: Job, error: Error): Promise<boolean> {
    const { deadLetter } = this.settings
    if (deadLetter === undefined && this.#letters === undefined) return false
    try {
      for (const letter of this.#lettersOf(job, error)) {
        // The types were checked when the pipeline was built; the graph keeps the sink for any message.
        if (this.#letters === undefined) await deadLetter?.take(letter as DeadLetter<never>)
        else await this.#letters.offer(recordOf(letter), passedOn(letter.headers), job.chain)
      }
      return true
    } catch (refusal) {
      const reason = refusal instanceof Error ? refusal.message : String(refusal)
      this.identity.log.error(`the dead-letter sink refused a message: ${reason}`)
      return false
    }
  }

  #lettersOf(job: Job, error: Error): readonly DeadLetter[] {
    const { value, headers } = job
    if (this.settings.batch === undefined)
      return [this.#letter(job, error, value, headers as Headers | undefined)]
    return (value as readonly unknown[]).map((message, at) =>
      this.#letter(job, error, message, (headers as readonly Headers[])[at]),
    )
  }

  #letter(job: Job, error: Error, message: unknown, headers: Headers = {}): DeadLetter {
    const { stage, replica, scope } = this.identity
    const now = scope.clock.time()
    return {
      id: typeof headers['id'] === 'string' ? headers['id'] : randomUUID(),
      message,
      headers,
      error,
      stage,
      replica,
      attempts: job.attempt,
      firstFailedAt: new Date(job.firstFailedAt ?? now),
      failedAt: new Date(now),
    }
  }
}
