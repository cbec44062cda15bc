/** The options of a consumer. */
import { either, group, oneOf, wholeNumber } from '@sluice/core/parts'
import type { OptionEntries, ReceiverOptions } from '@sluice/core'
import { defaultHighWaterMarkBytes } from './defaults.ts'

/** How much a consumer lets be outstanding, beside where it stands. */
export interface ConsumeOptions {
  /** Most messages that each sender may have outstanding; `'auto'`: what is finished in about 20 ms. Default `'auto'`. */
  readonly highWaterMark?: number | 'auto' | undefined
  /** Most encoded bytes that each sender may have outstanding. Default 64 MiB. */
  readonly highWaterMarkBytes?: number | undefined
  /**
   * Drops a message whose header `id` is that of one of the last `remember` that were finished here, and acks it as delivered;
   * each takes about 100 bytes. One whose first copy is still at work waits for how that ends. Default: nothing is remembered.
   */
  readonly dedupe?: { readonly remember: number } | undefined
}

/** The options of a consumer, with where it stands. */
export interface ConsumerOptions extends ReceiverOptions, ConsumeOptions {
  /** Messages that are worked on at once: `'auto'` lets no fewer than twice as many be outstanding. Default 1. */
  readonly concurrency?: number | undefined
}

/** What each option of a consuming side may be. */
export const consumeEntries: OptionEntries<ConsumeOptions> = {
  highWaterMark: either("a whole number of at least 1 (messages), or 'auto'", wholeNumber(1), oneOf('auto')),
  highWaterMarkBytes: wholeNumber(1, undefined, 'bytes'),
  dedupe: group('an object with remember, a count of messages', {
    remember: wholeNumber(1, 100_000_000, 'messages'),
  }),
}

/** The same for one that stands alone. */
export const consumerEntries: OptionEntries<ConsumerOptions, ReceiverOptions> = {
  ...consumeEntries,
  concurrency: wholeNumber(1, undefined, 'messages'),
}

/** How much may be outstanding, completed. */
export function consumeWindow(options: ConsumerOptions): {
  readonly highWaterMark: number | 'auto'
  readonly highWaterMarkBytes: number
  readonly concurrency: number
} {
  const { highWaterMark = 'auto', highWaterMarkBytes = defaultHighWaterMarkBytes, concurrency = 1 } = options
  return { highWaterMark, highWaterMarkBytes, concurrency }
}
