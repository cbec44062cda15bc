/** Ours without a promise: the sender keeps within its mark, as one does that would rather wait than drop, and what arrived is what counts. */
import { setTimeout as pause } from 'node:timers/promises'
import { Puller, Pusher } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

/** As many messages as have room while no socket takes any, so that none is dropped. */
const burst = 1_000

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
    const pusher = new Pusher({ connect: endpoint, trusted: true })
    await pusher.ready()
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) {
        void pusher.send(values[n & 1023])
        if (n % burst !== burst - 1) continue
        await new Promise(setImmediate)
        while (pusher.stats().pending > 0) await pause(1)
      }
      await pusher.drain()
    }
  },
}
