/** Our requests: each answered or failed, with timeouts and retries. */
import { Replier } from '@sluice/patterns'
import { asker } from '../harness/asker.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages, inFlight }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const replier = new Replier(
      { bind: endpoint, trusted: true, concurrency: Math.max(64, inFlight) },
      (message) => {
        if (--left === 0) resolve()
        return message
      },
    )
    const [bound = endpoint] = await replier.endpoints()
    return { endpoint: bound, run: () => promise }
  },

  send: (work) => asker(work),
}
