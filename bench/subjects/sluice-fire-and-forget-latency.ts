/** One way through fire-and-forget at a steady pace: from the moment a message falls due to its handler. */
import { Puller, Pusher } from '@sluice/patterns'
import { paced } from '../harness/paced.ts'
import { nowMicros, Percentiles } from '../harness/percentiles.ts'
import type { Findings, PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const puller = new Puller({ bind: endpoint, trusted, senders: 1 })
    const [bound = endpoint] = await puller.endpoints()
    const latencies = new Percentiles(messages)
    const run = async (): Promise<Findings> => {
      puller.start((delivery) => {
        for (const [at, message] of delivery.values.entries()) {
          latencies.add(nowMicros() - (message as { at: number }).at)
          delivery.settle(at, 'delivered')
        }
      })
      await puller.ended
      return latencies.findings()
    }
    return { endpoint: bound, run }
  },

  async send({ endpoint, messages, pace }) {
    // Nothing is dropped for want of room: what comes late counts as late.
    const pusher = new Pusher({ connect: endpoint, trusted, highWaterMark: messages })
    await pusher.ready()
    return async () => {
      await paced(messages, pace, (message) => pusher.send(message))
      await pusher.drain()
    }
  },
}
