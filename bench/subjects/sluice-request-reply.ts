/** Our requests: each answered or failed, with timeouts and retries. */
import { Replier, Requester } from '@sluice/patterns'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages, inFlight }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const replier = new Replier(
      { bind: endpoint, trusted, concurrency: Math.max(64, inFlight) },
      (message) => {
        if (--left === 0) resolve()
        return message
      },
    )
    const [bound = endpoint] = await replier.endpoints()
    return { endpoint: bound, run: () => promise }
  },

  async send(work) {
    const requester = new Requester({ connect: work.endpoint, trusted, inFlight: work.inFlight })
    await requester.ready()
    const values = ring(shapeOf(work.shape))
    return () => asking(work, values, (value) => requester.request(value))
  },
}
