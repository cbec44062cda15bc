/** What an outbox can be told: where it lies, when it is safe, how large it may grow. */
import { resolve } from 'node:path'
import { OptionError } from '../errors.ts'
import { either, group, oneOf, text, wholeNumber } from '../option-check.ts'
import type { OptionSchema } from '../option-check.ts'

/**
 * When `send` resolves. The death of the process costs nothing under any of them; what a power cut costs differs:
 *
 * - `'each'`: once the disk has said that it has the message. A power cut costs nothing that `send` has resolved for. Sends that
 *   wait together share one sync.
 * - `'batch'`: once the message is committed; its sync is under way. A power cut costs what was committed since the last sync that
 *   ended, and leaves the file whole.
 * - `'os'`: once the message is committed; the system writes it when it likes, on Linux within about 30 s. A power cut costs
 *   what was not written, and may leave a file that is refused as corrupt.
 */
export type OutboxSync = 'each' | 'batch' | 'os'

/** Where an outbox lies, and its bounds. */
export interface OutboxOptions {
  /** Its folder, made when it is not there. One process at a time has it open. */
  readonly path: string
  /** What `send` waits for. Default `'each'`. */
  readonly sync?: OutboxSync | undefined
  /** Most encoded bytes of messages that are not acked. Default 1 GiB. */
  readonly maxBytes?: number | undefined
  /** What `send` does when it is full: `suspend` waits for acks, `reject` fails with a `FullError`. Default `suspend`. */
  readonly overflow?: 'suspend' | 'reject' | undefined
}

/** The options, completed. */
export interface CompleteOutbox {
  readonly path: string
  readonly sync: OutboxSync
  readonly maxBytes: number
  readonly overflow: 'suspend' | 'reject'
}

/** A schema for `outbox`, in either of its forms. */
export const outboxEntry: OptionSchema = either(
  "the path of a folder, or an object with path, and perhaps sync ('each', 'batch', 'os'), maxBytes and overflow ('suspend', 'reject')",
  text('the path of a folder'),
  group('an object with path, sync, maxBytes and overflow', {
    path: text('the path of a folder'),
    sync: oneOf('each', 'batch', 'os'),
    maxBytes: wholeNumber(1, undefined, 'bytes'),
    overflow: oneOf('suspend', 'reject'),
  }),
)

/** The options with the defaults of those that were left out; undefined when there is to be no outbox. */
export function completeOutbox(given: string | OutboxOptions | undefined): CompleteOutbox | undefined {
  if (given === undefined) return undefined
  const {
    path,
    sync = 'each',
    maxBytes = 2 ** 30,
    overflow = 'suspend',
  } = typeof given === 'string' ? { path: given } : given
  if (path === undefined)
    throw new OptionError('outbox.path', 'outbox.path was not given; allowed: the path of a folder')
  return { path: resolve(path), sync, maxBytes, overflow }
}

/** The outbox of one replica of a sender: in the folder that was named, a folder by the replica's name. */
export function outboxAt(
  given: string | OutboxOptions | undefined,
  identity: string,
): OutboxOptions | undefined {
  const complete = completeOutbox(given)
  if (complete === undefined) return undefined
  return { ...complete, path: resolve(complete.path, encodeURIComponent(identity)) }
}
