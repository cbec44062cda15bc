/** One way through backpressure at a steady pace, to a receiver that stays awake: `limits.busyPollMs`. */
import { Consumer, Producer } from '@sluice/patterns'
import { handled } from '../harness/latencies.ts'
import { paced } from '../harness/paced.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true
const limits = { busyPollMs: 5 }

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted, senders: 1, limits })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: handled(consumer, messages) }
  },

  async send({ endpoint, messages, pace }) {
    const producer = new Producer({ connect: endpoint, trusted })
    return async () => {
      await paced(messages, pace, (message) => producer.send(message))
      await producer.drain()
    }
  },
}
