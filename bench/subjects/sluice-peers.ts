/** Ours, from as many senders as `inFlight` says to one socket. */
import { Consumer, Producer } from '@sluice/patterns'
import { counted } from '../harness/counted.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: () => counted(consumer, messages) }
  },

  async send({ endpoint, shape, messages, inFlight: peers }) {
    const producers = Array.from({ length: peers }, () => new Producer({ connect: endpoint, trusted }))
    await Promise.all(producers.map((producer) => producer.ready()))
    const values = ring(shapeOf(shape))
    return async () => {
      const each = Math.floor(messages / peers)
      const sent = producers.map(async (producer, at) => {
        const own = at === 0 ? messages - each * (peers - 1) : each
        for (let n = 0; n < own; n++) await producer.send(values[n & 1023])
        await producer.drain()
      })
      await Promise.all(sent)
    }
  },
}
