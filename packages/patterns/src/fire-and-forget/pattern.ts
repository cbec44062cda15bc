/** Fire-and-forget as a pattern: what a link between two stages is made of. */
import { checkOptions, receiverOptionsAt, senderOptionsAt } from '@sluice/core/parts'
import type { Pattern } from '@sluice/core'
import { Puller } from './puller.ts'
import { pushEntries } from './push-options.ts'
import type { PushOptions } from './push-options.ts'
import { Pusher } from './pusher.ts'

/** Options of a fire-and-forget link. */
export type FireAndForgetOptions = PushOptions

/**
 * Makes the pattern that puts messages down even if nobody is there.
 *
 * At most once: a message without a receiver, or without room, is dropped and counted with its reason; the sender never waits.
 * Units with defaults: `highWaterMark` 1 000 messages, `overflow` `drop-newest`, `maxBatchMessages` 1 024.
 *
 * @throws {OptionError} for an option that cannot work.
 */
export function fireAndForget(options: FireAndForgetOptions = {}): Pattern {
  checkOptions('fireAndForget', pushEntries, options)
  const completed = {
    highWaterMark: options.highWaterMark ?? 1_000,
    overflow: options.overflow ?? 'drop-newest',
    maxBatchMessages: options.maxBatchMessages,
  } as const
  return Object.freeze<Pattern>({
    name: 'fire-and-forget',
    promises: {
      delivery: 'at-most-once',
      nobodyThere: 'drops',
      slowReceiver: 'drops',
      receiverDies: 'loses',
    },
    options: Object.freeze(completed),
    sender: (site) => new Pusher({ ...senderOptionsAt(site), ...completed }),
    receiver: (site) => {
      // A stage that works on many messages at once must be able to hold as many.
      const highWaterMark = Math.max(completed.highWaterMark, 2 * site.concurrency)
      return new Puller({ ...receiverOptionsAt(site), highWaterMark })
    },
  })
}
