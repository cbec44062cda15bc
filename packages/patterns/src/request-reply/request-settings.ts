/** How requests are sent and tried again: the options of a requester, and of the pattern. */
import { between, callback, flag, group, milliseconds, outboxEntry, wholeNumber } from '@sluice/core/parts'
import type { Backoff, OptionEntries, OutboxOptions } from '@sluice/core'

/** Told what came of a request that an earlier requester had stored: its reply, or the error that it was answered with. */
export type OnRecovered = (message: unknown, result: PromiseSettledResult<unknown>) => void

/** What a requester does with its requests, beside where it stands. */
export interface RequestSettings {
  /** How long one attempt may take, waiting for a replier included, in milliseconds. Default 30 000. */
  readonly timeoutMs?: number | undefined
  /** Attempts beyond the first, each at another replier if there is one. Default 3. */
  readonly retries?: number | undefined
  /** Most requests outstanding at one replier. Default 64. */
  readonly inFlight?: number | undefined
  /** The rest after a replier said that it is full. Default 20 ms, doubling to 1 000 ms, less up to a fifth by chance. */
  readonly backoff?: Partial<Backoff> | undefined
  /**
   * A folder in which requests are stored before they are sent, until they are answered or their caller was told that they failed:
   * the next requester with this folder asks what is left in it. Needs the package `lmdb`. Default: none.
   */
  readonly outbox?: string | OutboxOptions | undefined
}

/** Those of a requester that stands alone. */
export interface RequesterSettings extends RequestSettings {
  /** Requests that wait to be sent; `request()` refuses more with a `FullError`. Default 65 536. */
  readonly highWaterMark?: number | undefined
  /**
   * Encoded bytes of requests that are not answered yet; `request()` refuses more with a `FullError`, and what a link offers waits. One always
   * may go. Default 256 MiB.
   */
  readonly highWaterMarkBytes?: number | undefined
  /**
   * Tells repliers that never got a request of the end too, as a link does. A bare server then sees a request whose payload is
   * one text. Default false.
   */
  readonly tellEveryone?: boolean | undefined
  /**
   * Called for each request that was found in the outbox, when it is answered; the request leaves the outbox when it returns. Default: what
   * comes of them is only in the books.
   */
  readonly onRecovered?: OnRecovered | undefined
}

/** The settings, completed. */
export interface CompleteSettings {
  readonly timeoutMs: number
  readonly retries: number
  readonly inFlight: number
  readonly backoff: Backoff
}

/** A schema for each option of the pattern. */
export const requestEntries: OptionEntries<RequestSettings> = {
  timeoutMs: milliseconds(1),
  retries: wholeNumber(0, 1_000, 'attempts beyond the first'),
  inFlight: wholeNumber(1, 1_000_000, 'requests'),
  backoff: group('an object with initialMs, factor, maxMs and jitter', {
    initialMs: milliseconds(),
    factor: between(1, 100, 'a factor'),
    maxMs: milliseconds(),
    jitter: between(0, 1, 'a share'),
  }),
  outbox: outboxEntry,
}

/** A schema for each option of a requester. */
export const requesterEntries: OptionEntries<RequesterSettings> = {
  ...requestEntries,
  highWaterMark: wholeNumber(1, undefined, 'messages'),
  highWaterMarkBytes: wholeNumber(1, undefined, 'bytes'),
  tellEveryone: flag(),
  onRecovered: callback('(message, result) => void'),
}

/** The options with the defaults of those that were left out. */
export function completeSettings(given: RequestSettings): CompleteSettings {
  const { initialMs = 20, factor = 2, maxMs = 1_000, jitter = 0.2 } = given.backoff ?? {}
  return Object.freeze({
    timeoutMs: given.timeoutMs ?? 30_000,
    retries: given.retries ?? 3,
    inFlight: given.inFlight ?? 64,
    backoff: Object.freeze({ initialMs, factor, maxMs, jitter }),
  })
}
