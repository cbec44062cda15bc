/** One way through backpressure at a steady pace: from the moment a message falls due to its handler. */
import { Consumer, Producer } from '@sluice/patterns'
import { paced } from '../harness/paced.ts'
import { nowMicros, Percentiles } from '../harness/percentiles.ts'
import type { Findings, PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted, senders: 1 })
    const [bound = endpoint] = await consumer.endpoints()
    const latencies = new Percentiles(messages)
    const run = async (): Promise<Findings> => {
      consumer.start((delivery) => {
        for (const [at, message] of delivery.values.entries()) {
          latencies.add(nowMicros() - (message as { at: number }).at)
          delivery.settle(at, 'delivered')
        }
      })
      await consumer.ended
      return latencies.findings()
    }
    return { endpoint: bound, run }
  },

  async send({ endpoint, messages, pace }) {
    const producer = new Producer({ connect: endpoint, trusted })
    return async () => {
      await paced(messages, pace, (message) => producer.send(message))
      await producer.drain()
    }
  },
}
