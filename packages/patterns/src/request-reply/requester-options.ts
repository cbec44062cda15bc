/** What a requester takes and what it counts. */
import { FullError } from '@sluice/core/parts'
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

/** How much a requester takes before anything is answered. */
export interface RequestBounds {
  /** Requests that wait to be sent. */
  readonly messages: number
  /** Encoded bytes of requests that are not answered. */
  readonly bytes: number
}

/** The bounds with the defaults of those that were left out. */
export function boundsOf({ highWaterMark, highWaterMarkBytes }: RequesterSettings): RequestBounds {
  return { messages: highWaterMark ?? 65_536, bytes: highWaterMarkBytes ?? 256 * 1024 * 1024 }
}

/** Refuses a request where as many wait as may, or hold as many bytes as may. Throws the `FullError`. */
export function refuseBeyond(
  bounds: RequestBounds,
  messages: number,
  bytes: number,
  undelivered: unknown,
): void {
  if (messages >= bounds.messages) {
    const reason = `Requester: ${bounds.messages} requests wait to be sent already (highWaterMark)`
    throw new FullError(reason, { undelivered })
  }
  if (bytes < bounds.bytes) return
  const reason = `Requester: requests of ${bounds.bytes} bytes are not answered yet (highWaterMarkBytes)`
  throw new FullError(reason, { undelivered })
}
