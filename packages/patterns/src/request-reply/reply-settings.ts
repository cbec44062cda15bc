/** How a replier answers: its options. */
import { group, OptionError, wholeNumber } from '@sluice/core/parts'
import type { OptionEntries, OptionSchema, ReceiverOptions } from '@sluice/core'
import type { DedupeSettings } from './answers.ts'

/** How many requests a replier takes on, beside where it stands. */
export interface ReplySettings {
  /** Requests that the handler works on at once. Default 64. */
  readonly concurrency?: number | undefined
  /** Requests that wait for the handler; those beyond it are answered with `ERR_SLUICE_FULL`, and tried elsewhere. Default 4 096. */
  readonly highWaterMark?: number | undefined
  /**
   * Answers a request whose header `id` is that of one of the last `remember` that were answered here as that was answered, without
   * handling it: at most `maxBytes` of encoded answers, default 64 MiB; the oldest are forgotten first. One whose first copy is still at
   * work waits for its answer. Default: nothing is remembered.
   */
  readonly dedupe?: DedupeOptions | undefined
}

/** How many answers are remembered. */
export interface DedupeOptions {
  readonly remember: number
  readonly maxBytes?: number | undefined
}

/** Where a replier stands, and how much it takes on. */
export interface ReplierOptions extends ReceiverOptions, ReplySettings {}

/** A schema for `dedupe`. */
export const dedupeEntry: OptionSchema = group(
  'an object with remember, a count of requests, and perhaps maxBytes',
  {
    remember: wholeNumber(1, 100_000_000, 'requests'),
    maxBytes: wholeNumber(1, undefined, 'bytes'),
  },
)

/** A schema for each option of a replier. */
export const replyEntries: OptionEntries<ReplySettings> = {
  concurrency: wholeNumber(1, 1_000_000, 'requests'),
  highWaterMark: wholeNumber(0, undefined, 'requests'),
  dedupe: dedupeEntry,
}

/** The option with its default. Throws `OptionError` where it does not say how many. */
export function completeDedupe({ remember, maxBytes = 64 * 2 ** 20 }: DedupeOptions): DedupeSettings {
  if (remember === undefined)
    throw new OptionError('dedupe.remember', 'dedupe.remember was not given; allowed: a count of requests')
  return { remember, maxBytes }
}

/** The bounds of a replier's session. */
export interface ReplierSessionSettings {
  /** Requests handed over and not settled. */
  readonly window: number
  /** Requests that wait to be handed over; those beyond it are answered as `ERR_SLUICE_FULL`. */
  readonly highWaterMark: number
  readonly maxBatchMessages: number
  readonly maxBatchBytes: number
  readonly maxMessageBytes: number
  /** Bytes of requests of one requester, beyond which they are answered as `ERR_SLUICE_FULL` too. */
  readonly maxBufferedBytes: number
  /** How many requesters have to end. */
  readonly senders: number | undefined
}
