/** One message at work in a stage, from its handler's first call to its last output. */
import type { Headers, Outcome } from '../link/link.ts'
import type { Chain } from './chain.ts'
import type { MessageContext } from './context.ts'

/** The headers of what a stage is given: one map, or one for each message of a batch. */
export type WorkHeaders = Headers | readonly Headers[] | undefined

/** A message, or the messages of a batch, and what has become of it so far. */
export class Job {
  readonly value: unknown
  readonly headers: WorkHeaders
  /** Undefined where nobody waits for the message's end, or once it was told. */
  chain: Chain | undefined
  /** Messages in it: 1, or those of the batch. */
  readonly messages: number
  /** Its place in the order of what came in; given when work on it begins. */
  place = 0
  attempt = 0
  context: MessageContext | undefined
  /** Given by the stopwatch that runs for it, of its handler or of its output. */
  begun = 0
  /** Milliseconds of its handler's time that are left in this attempt. */
  leftMs: number = Infinity
  /** What waits to be emitted. */
  result: unknown
  /** Messages that it has emitted so far. */
  emitted = 0
  /** When its first attempt failed, in milliseconds since 1970. */
  firstFailedAt: number | undefined
  outcome: Outcome = 'delivered'
  error: Error | undefined
  /** Whoever waits: for the job to begin, then for its turn to emit. */
  proceed: (() => void) | undefined

  constructor(value: unknown, headers: WorkHeaders, chain: Chain | undefined, messages: number) {
    this.value = value
    this.headers = headers
    this.chain = chain
    this.messages = messages
  }
}

/** The job of a message that is in its first attempt already; `begun` was given by the stopwatch that runs for it. */
export function begunJob(context: MessageContext, begun: number): Job {
  const job = new Job(context.value, context.given, context.chain, context.messages)
  job.context = context
  job.begun = begun
  job.attempt = 1
  return job
}
