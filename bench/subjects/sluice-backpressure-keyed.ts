/** Ours with a key: messages of one key stay in order, whichever receivers there are. */
import { Producer } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { subject as bare } from './sluice-backpressure.ts'

interface Kinded {
  readonly kind?: string
}

export const subject: PairSubject = {
  receive: (work) => bare.receive(work),

  async send({ endpoint, shape, messages }) {
    const producer = new Producer<unknown>({
      connect: endpoint,
      trusted: true,
      key: (message) => (message as Kinded).kind ?? 'none',
    })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023])
      await producer.drain()
    }
  },
}
