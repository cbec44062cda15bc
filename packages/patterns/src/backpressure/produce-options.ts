/** The options of a producer. */
import { callback, outboxEntry, wholeNumber } from '@sluice/core/parts'
import type { Headers, OptionEntries, OutboxOptions, SenderOptions, WaitOptions } from '@sluice/core'

/** What a producer does with its messages, beside where it stands. */
export interface ProduceOptions<T = never> {
  /** Most encoded bytes in flight to one receiver. Default 64 MiB; a receiver may allow less. */
  readonly highWaterMarkBytes?: number | undefined
  /**
   * Names the key of a message: messages of one key reach their receivers in order, whichever these are. A key stays with a receiver
   * for as long as it has messages on the way, unless that one is behind while another has nothing to do.
   */
  readonly key?: ((message: T) => string) | undefined
  /**
   * A folder in which messages are stored until they are acked, so that they survive the sender: the next one with this folder
   * sends them. Needs the package `lmdb`. Default: none, and what is not acked ends with the sender.
   */
  readonly outbox?: string | OutboxOptions | undefined
}

/** The options of a producer, with where it stands. */
export interface ProducerOptions<T = never> extends SenderOptions, ProduceOptions<T> {}

/** What one `send` takes beside its message. */
export interface SendOptions extends WaitOptions {
  readonly headers?: Headers | undefined
}

/** What each option of a producing side may be. */
export const produceEntries: OptionEntries<ProduceOptions> = {
  highWaterMarkBytes: wholeNumber(1, undefined, 'bytes'),
  key: callback('(message) => string'),
  outbox: outboxEntry,
}
