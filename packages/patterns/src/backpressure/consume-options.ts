/** The options of a consumer. */
import { either, oneOf, wholeNumber } from '@sluice/core'
import type { OptionEntries, ReceiverOptions } from '@sluice/core'

/** How much a consumer lets be outstanding, beside where it stands. */
export interface ConsumeOptions {
  /** Most messages that each sender may have outstanding; `'auto'`: what is finished in about 20 ms. Default `'auto'`. */
  readonly highWaterMark?: number | 'auto' | undefined
  /** Most encoded bytes that each sender may have outstanding. Default 64 MiB. */
  readonly highWaterMarkBytes?: number | undefined
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
}

/** The same for one that stands alone. */
export const consumerEntries: OptionEntries<ConsumerOptions, ReceiverOptions> = {
  ...consumeEntries,
  concurrency: wholeNumber(1, undefined, 'messages'),
}
