/** One way through fire-and-forget at a steady pace: from the moment a message falls due to its handler. */
import { Puller, Pusher } from '@sluice/patterns'
import { handled } from '../harness/latencies.ts'
import { paced } from '../harness/paced.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const puller = new Puller({ bind: endpoint, trusted, senders: 1 })
    const [bound = endpoint] = await puller.endpoints()
    return { endpoint: bound, run: handled(puller, messages) }
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
