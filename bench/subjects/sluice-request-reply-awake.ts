/** Our requests, with a requester that stays awake while it waits: `limits.busyPollMs`. */
import { Replier, Requester } from '@sluice/patterns'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true
const limits = { busyPollMs: 1 }

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
    const requester = new Requester({ connect: work.endpoint, trusted, inFlight: work.inFlight, limits })
    await requester.ready()
    const values = ring(shapeOf(work.shape))
    return () => asking(work, values, (value) => requester.request(value))
  },
}
