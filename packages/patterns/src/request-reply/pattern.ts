/** Request-reply as a pattern: what a link between two stages is made of. */
import {
  checkOptions,
  completeOutbox,
  either,
  oneOf,
  outboxAt,
  receiverOptionsAt,
  senderOptionsAt,
  wholeNumber,
} from '@sluice/core/parts'
import type { OptionEntries, Pattern, Site } from '@sluice/core'
import { Replier } from './replier.ts'
import { completeDedupe, dedupeEntry } from './reply-settings.ts'
import type { DedupeOptions } from './reply-settings.ts'
import { completeSettings, requestEntries } from './request-settings.ts'
import type { RequestSettings } from './request-settings.ts'
import { Requester } from './requester.ts'

/** Options of a request-reply link. */
export interface RequestReplyOptions extends Omit<RequestSettings, 'inFlight'> {
  /**
   * Most requests outstanding at one replier. Default `'auto'`: 64 or, if that is more, twice what can be at work behind the link, so that
   * a stage finds its next message there when it has finished one, and a batch can be full.
   */
  readonly inFlight?: number | 'auto' | undefined
  /** What each replica of the receiving stage remembers of what it has finished. Default: nothing. */
  readonly dedupe?: DedupeOptions | undefined
}

const entries: OptionEntries<RequestReplyOptions> = {
  ...requestEntries,
  inFlight: either(
    "a whole number of at least 1 (requests), or 'auto'",
    wholeNumber(1, 1_000_000),
    oneOf('auto'),
  ),
  dedupe: dedupeEntry,
}

/**
 * Makes the pattern in which every message is answered, or fails with its reason.
 *
 * At least once: what is not answered in time, or whose replier is lost, is sent to another.
 * Units with defaults: `timeoutMs` 30 000 ms for each attempt, `retries` 3 beyond the first, `inFlight` `'auto'` requests for each
 * replier, `backoff` 20 ms doubling to 1 000 ms.
 *
 * @throws {OptionError} for an option that cannot work.
 */
export function requestReply(options: RequestReplyOptions = {}): Pattern {
  checkOptions<RequestReplyOptions>('requestReply', entries, options)
  const { inFlight = 'auto' } = options
  const settings = completeSettings({ ...options, inFlight: inFlight === 'auto' ? undefined : inFlight })
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
    options: { ...settings, inFlight, outbox, dedupe },
    outstanding: inFlight === 'auto' ? undefined : { option: 'inFlight', most: inFlight },
    sender: (site) =>
      new Requester({
        ...senderOptionsAt(site),
        ...settings,
        inFlight: inFlight === 'auto' ? enough(site) : inFlight,
        outbox: outboxAt(outbox, site.identity),
        tellEveryone: true,
      }),
    receiver: (site) => new Replier({ ...receiverOptionsAt(site), concurrency: enough(site), dedupe }),
  })
}

/** So that a stage finds its next message there when it has finished one, and a batch can be full. */
function enough({ concurrency }: Site): number {
  return Math.max(64, 2 * concurrency)
}
