/** Emits the messages of one stream: what a generator or an async iterable gives for one message. */
import type { StageIdentity } from './context.ts'
import type { Job } from './job.ts'
import { Pacer } from './pacer.ts'
import { isThenable, iteratorOf, returnQuietly } from './result.ts'
import type { Stream } from './result.ts'
import type { StageCounter } from './stage-counter.ts'
import type { TimeLimit } from './time-limit.ts'

/** What a stream needs of the stage that it belongs to. */
export interface StreamHost {
  readonly identity: StageIdentity
  readonly count: StageCounter
  /** Undefined when it is the job's turn to emit, else resolves when it is. */
  turnOf(job: Job): Promise<void> | undefined
  /** Hands one message on: true when it was taken, false when none wants it, or a promise that settles when it is taken. */
  emit(job: Job, value: unknown): boolean | Promise<void>
}

/**
 * Pulls a stream to its end, a message whenever the one before it was taken. `undefined` is passed over, a promise awaited.
 * Waits only where there is something to wait for: what is ready costs no promise for each message.
 * Rejects with what the stream or an offer failed with; the stream is told to return then.
 */
export async function runStream(host: StreamHost, job: Job, stream: Stream, limit: TimeLimit): Promise<void> {
  const { scope } = host.identity
  const { busy } = host.count
  const iterator = iteratorOf(stream)
  const pacer = new Pacer(scope.clock)
  const onClose = { abort: (): void => returnQuietly(iterator) }
  scope.watch(onClose)
  try {
    for (;;) {
      let value: unknown
      const begun = busy.begin()
      try {
        const answer = iterator.next()
        const step: IteratorResult<unknown, unknown> = isThenable(answer)
          ? await limit.bound(job, answer)
          : answer
        if (step.done === true) return
        value = isThenable(step.value) ? await limit.bound(job, step.value) : step.value
      } finally {
        busy.end(begun)
      }
      const taken = value === undefined ? undefined : emitInTurn(host, job, value)
      if (taken !== undefined) await taken
      const pause = pacer.step()
      if (pause !== undefined) await pause
    }
  } catch (error) {
    returnQuietly(iterator)
    throw error
  } finally {
    scope.unwatch(onClose)
  }
}

/** Undefined when the message was handed on at once, else a promise that settles when it is. */
function emitInTurn(host: StreamHost, job: Job, value: unknown): Promise<void> | undefined {
  const turn = host.turnOf(job)
  if (turn !== undefined) return afterTurn(turn, host, job, value)
  const taken = host.emit(job, value)
  if (typeof taken !== 'boolean') return whenTaken(taken, host, job)
  if (taken) countOut(host, job)
  return undefined
}

async function afterTurn(turn: Promise<void>, host: StreamHost, job: Job, value: unknown): Promise<void> {
  await turn
  await emitInTurn(host, job, value)
}

async function whenTaken(taken: Promise<void>, host: StreamHost, job: Job): Promise<void> {
  const { blocked } = host.count
  const begun = blocked.begin()
  try {
    await taken
  } finally {
    blocked.end(begun)
  }
  countOut(host, job)
}

function countOut({ count }: StreamHost, job: Job): void {
  count.out++
  job.emitted++
}
