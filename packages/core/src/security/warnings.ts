/** Tells people of refusals, and keeps a flood of them from becoming a flood of lines. */
import type { LinkError } from '../errors.ts'

/** How many different texts are told within a minute, and each of them once. */
const textsPerMinute = 10
const minuteMs = 60_000

/** Passes on what is new; a text that was told within the last minute is not told again. */
export function sparingly(now: () => number, tell: (text: string) => void): (error: LinkError) => void {
  const told = new Set<string>()
  let since = now()
  return ({ message }) => {
    if (now() - since >= minuteMs) {
      told.clear()
      since = now()
    }
    if (told.has(message) || told.size === textsPerMinute) return
    told.add(message)
    tell(told.size === textsPerMinute ? `${message} (and perhaps others: told again in a minute)` : message)
  }
}
