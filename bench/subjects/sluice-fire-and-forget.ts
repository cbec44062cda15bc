/** Ours without a promise: with room for all that is sent, and what arrived is what counts. */
import { Puller, Pusher } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

/** After so many messages the sender lets the event loop turn, as any program does that has other work. */
const burst = 4_096

export const subject: PairSubject = {
  async receive({ endpoint }) {
    const puller = new Puller({ bind: endpoint, trusted: true, senders: 1 })
    const [bound = endpoint] = await puller.endpoints()
    const run = async (): Promise<{ arrived: number }> => {
      let arrived = 0
      puller.start((delivery) => {
        for (let at = 0; at < delivery.values.length; at++) {
          if (delivery.values[at] !== undefined) arrived++
          delivery.settle(at, 'delivered')
        }
      })
      await puller.ended
      // Over ipc a sender that has sent a lot stays until its receivers leave, or for a second.
      await puller.close()
      return { arrived }
    }
    return { endpoint: bound, run }
  },

  async send({ endpoint, shape, messages }) {
    const pusher = new Pusher({ connect: endpoint, trusted: true, highWaterMark: messages })
    await pusher.ready()
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) {
        void pusher.send(values[n & 1023])
        if (n % burst === burst - 1) await new Promise(setImmediate)
      }
      await pusher.drain()
    }
  },
}
