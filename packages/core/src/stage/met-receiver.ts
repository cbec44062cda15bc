/** The end of a link whose receiver is not of this run: it hears of that from its senders alone. */
import type { LinkSender } from '../link/link.ts'
import type { Scope } from './scope.ts'

/** How long an end waits for somebody to be told, in milliseconds. */
const patienceMs = 5_000

/**
 * Resolves once the sender has a receiver, has waited long enough for one, or is to leave: a sender that ends before its connection
 * stands would tell nobody, and be waited for. Rejects when the sender is closed.
 */
export async function metReceiver(sender: LinkSender, scope: Scope, leaving: Promise<void>): Promise<void> {
  const enough = Promise.withResolvers<void>()
  const timer = scope.after(patienceMs, enough.resolve)
  try {
    await Promise.race([sender.ready(), enough.promise, leaving])
  } finally {
    timer.cancel()
  }
}
