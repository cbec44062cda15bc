/** What a requester takes and what it counts. */
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
