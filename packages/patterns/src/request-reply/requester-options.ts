/** What a requester takes and what it counts. */
import { FullError } from '@sluice/core'
import type { Headers, LinkStats, SenderOptions, WaitOptions } from '@sluice/core'
import type { RequesterSettings } from './request-settings.ts'

/** Where a requester stands, and how it asks. */
export interface RequesterOptions extends SenderOptions, RequesterSettings {}

/** What one request takes beside its message. */
export interface RequestOptions extends WaitOptions {
  /** How long one attempt may take, in milliseconds. Default: the requester's. */
  readonly timeoutMs?: number | undefined
  /** Attempts beyond the first. Default: the requester's. */
  readonly retries?: number | undefined
  readonly headers?: Headers | undefined
}

/** What a requester counts. */
export interface RequesterStats extends LinkStats {
  /** Replies that nobody waited for any more. */
  readonly late: number
}

/** The refusal of a request when too many wait. */
export function fullError(highWaterMark: number, undelivered: unknown): FullError {
  const reason = `Requester: ${highWaterMark} requests wait to be sent already (highWaterMark)`
  return new FullError(reason, { undelivered })
}
