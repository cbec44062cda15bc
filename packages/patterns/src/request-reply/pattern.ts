/** Request-reply as a pattern: what a link between two stages is made of. */
import { checkOptions, completeOutbox, outboxAt, receiverOptionsAt, senderOptionsAt } from '@sluice/core'
import type { Pattern, Site } from '@sluice/core'
import { Replier } from './replier.ts'
import { completeDedupe, dedupeEntry } from './reply-settings.ts'
import type { DedupeOptions } from './reply-settings.ts'
import { completeSettings, requestEntries } from './request-settings.ts'
import type { RequestSettings } from './request-settings.ts'
import { Requester } from './requester.ts'

/** Options of a request-reply link. */
export interface RequestReplyOptions extends RequestSettings {
  /** What each replica of the receiving stage remembers of what it has finished. Default: nothing. */
  readonly dedupe?: DedupeOptions | undefined
}

/**
 * Makes the pattern in which every message is answered, or fails with its reason.
 *
 * At least once: what is not answered in time, or whose replier is lost, is sent to another.
 * Units with defaults: `timeoutMs` 30 000 ms for each attempt, `retries` 3 beyond the first, `inFlight` 64 requests for each replier or, if that is
 * more, twice what is at work behind it,
 * `backoff` 20 ms doubling to 1 000 ms.
 *
 * @throws {OptionError} for an option that cannot work.
 */
export function requestReply(options: RequestReplyOptions = {}): Pattern {
  checkOptions<RequestReplyOptions>('requestReply', { ...requestEntries, dedupe: dedupeEntry }, options)
  const settings = completeSettings(options)
  const outbox = completeOutbox(options.outbox)
  const dedupe = options.dedupe === undefined ? undefined : completeDedupe(options.dedupe)
  return Object.freeze<Pattern>({
    name: 'request-reply',
    promises: {
      delivery: 'at-least-once',
      nobodyThere: 'fails',
      slowReceiver: 'waits',
      receiverDies: 'redelivers',
    },
    options: { ...settings, outbox, dedupe },
    outstanding: options.inFlight === undefined ? undefined : { option: 'inFlight', most: options.inFlight },
    sender: (site) =>
      new Requester({
        ...senderOptionsAt(site),
        ...settings,
        inFlight: options.inFlight ?? enough(site, settings.inFlight),
        outbox: outboxAt(outbox, site.identity),
        tellEveryone: true,
      }),
    receiver: (site) => new Replier({ ...receiverOptionsAt(site), concurrency: enough(site, 64), dedupe }),
  })
}

/** So that a stage finds its next message there when it has finished one, and a batch can be full. */
function enough({ concurrency }: Site, least: number): number {
  return Math.max(least, 2 * concurrency)
}
