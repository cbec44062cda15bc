/** One way through backpressure at a steady pace, to a receiver that stays awake: `limits.busyPollMs`. */
import { Consumer } from '@sluice/patterns'
import { handled } from '../harness/latencies.ts'
import type { PairSubject } from '../subject.ts'
import { subject as asleep } from './sluice-latency.ts'

const limits = { busyPollMs: 5 }

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted: true, senders: 1, limits })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: handled(consumer, messages) }
  },

  send: (work) => asleep.send(work),
}
