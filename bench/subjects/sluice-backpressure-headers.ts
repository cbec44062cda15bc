/** Ours with a trace context beside each message. */
import { Producer } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { subject as bare } from './sluice-backpressure.ts'

const headers = { traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01' }

export const subject: PairSubject = {
  receive: (work) => bare.receive(work),

  async send({ endpoint, shape, messages }) {
    const producer = new Producer({ connect: endpoint, trusted: true })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023], { headers })
      await producer.drain()
    }
  },
}
