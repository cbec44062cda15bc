/** What a pusher takes. */
import { oneOf, wholeNumber } from '@sluice/core/parts'
import type { Headers, OptionEntries, SenderOptions, WaitOptions } from '@sluice/core'

/** What a pusher does with its messages, beside where it stands. */
export interface PushOptions {
  /** Messages that wait while no socket takes any; beyond it one is dropped. Default 1 000. */
  readonly highWaterMark?: number | undefined
  /** Which one: the one that came, or the one that waited longest. Default `drop-newest`. */
  readonly overflow?: 'drop-newest' | 'drop-oldest' | undefined
  /** Most messages in one frame; 1 for receivers that decode one value a frame. Default `limits.maxBatchMessages`. */
  readonly maxBatchMessages?: number | undefined
}

/** Where a pusher stands, and what it does with its messages. */
export interface PusherOptions extends SenderOptions, PushOptions {}

/** What one `send` takes beside its message. */
export interface SendOptions extends WaitOptions {
  readonly headers?: Headers | undefined
}

/** A schema for each option of a pusher. */
export const pushEntries: OptionEntries<PushOptions> = {
  highWaterMark: wholeNumber(1, undefined, 'messages'),
  overflow: oneOf('drop-newest', 'drop-oldest'),
  maxBatchMessages: wholeNumber(1, 65_536, 'messages'),
}
