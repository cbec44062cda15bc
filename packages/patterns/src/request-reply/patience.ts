/** How long one request is tried, when it says so itself. */
import { checkOptions } from '@sluice/core/parts'
import type { OptionEntries } from '@sluice/core'
import type { Patience } from './calls.ts'
import { requestEntries } from './request-settings.ts'

const entries: OptionEntries<Patience> = {
  timeoutMs: requestEntries.timeoutMs,
  retries: requestEntries.retries,
}

/** A request's own patience where it has one, else its requester's. Throws `OptionError`. */
export function patienceOf(
  own: Partial<{ [K in keyof Patience]: number | undefined }>,
  usual: Patience,
): Patience {
  const { timeoutMs = usual.timeoutMs, retries = usual.retries } = own
  if (own.timeoutMs === undefined && own.retries === undefined) return usual
  return checkOptions<Patience>('request()', entries, { timeoutMs, retries })
}
