/** Backpressure as a pattern: what a link between two stages is made of. */
import {
  checkOptions,
  completeOutbox,
  oneOf,
  outboxAt,
  receiverOptionsAt,
  senderOptionsAt,
} from '@sluice/core/parts'
import type { AckMode, Pattern } from '@sluice/core'
import { consumeEntries } from './consume-options.ts'
import type { ConsumeOptions } from './consume-options.ts'
import { Consumer } from './consumer.ts'
import { defaultHighWaterMarkBytes } from './defaults.ts'
import { produceEntries } from './produce-options.ts'
import type { ProduceOptions } from './produce-options.ts'
import { Producer } from './producer.ts'

/** Options of a backpressure link. */
export interface BackpressureOptions<T = never> extends ConsumeOptions, ProduceOptions<T> {
  /**
   * When the stage behind the link has finished a message: when everything that it emitted for it was acked in turn (`finished`, so that the
   * death of any one process loses nothing), or when its handler is done (`handled`, which needs shorter windows). Default `finished`.
   */
  readonly ack?: AckMode | undefined
}

/**
 * Makes the pattern in which a sender goes as fast as its receivers finish.
 *
 * At least once: what a lost receiver had in flight is sent again, marked as redelivered. A sender without a receiver, or with
 * slow ones, waits; its memory is bounded by the windows.
 * Units with defaults: `highWaterMark` messages, `'auto'`; `highWaterMarkBytes` 64 MiB.
 *
 * @throws {OptionError} for an option that cannot work.
 */
export function backpressure<T = never>(options: BackpressureOptions<T> = {}): Pattern {
  const entries = { ...consumeEntries, ...produceEntries, ack: oneOf('finished', 'handled') }
  checkOptions<BackpressureOptions>('backpressure', entries, options)
  const completed = {
    highWaterMark: options.highWaterMark ?? 'auto',
    highWaterMarkBytes: options.highWaterMarkBytes ?? defaultHighWaterMarkBytes,
    key: options.key,
    ack: options.ack ?? 'finished',
    outbox: completeOutbox(options.outbox),
    dedupe: options.dedupe,
  } as const
  const { highWaterMark, highWaterMarkBytes, key, outbox, dedupe } = completed
  return Object.freeze<Pattern>({
    name: 'backpressure',
    promises: {
      delivery: 'at-least-once',
      nobodyThere: 'waits',
      slowReceiver: 'waits',
      receiverDies: 'redelivers',
    },
    options: Object.freeze(completed),
    outstanding: highWaterMark === 'auto' ? undefined : { option: 'highWaterMark', most: highWaterMark },
    sender: (site) =>
      new Producer<never>({
        ...senderOptionsAt(site),
        highWaterMarkBytes,
        key,
        outbox: outboxAt(outbox, site.identity),
      }),
    receiver: (site) => {
      const { concurrency } = site
      return new Consumer({
        ...receiverOptionsAt(site),
        highWaterMark,
        highWaterMarkBytes,
        concurrency,
        dedupe,
      })
    },
  })
}
