/** Ours with every guarantee of backpressure: acks, redelivery, a bounded window of its own size. */
import { Consumer, Producer } from '@sluice/patterns'
import { counted } from '../harness/counted.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

/** Both ends belong to one program, as the processes of a run do. */
const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: () => counted(consumer, messages) }
  },

  async send({ endpoint, shape, messages }) {
    const producer = new Producer({ connect: endpoint, trusted })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023])
      await producer.drain()
    }
  },
}
