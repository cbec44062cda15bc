/** Backpressure over CURVE: every frame encrypted and authenticated, both sides with the one key pair of libzmq's manual. */
import { Consumer, Producer } from '@sluice/patterns'
import { counted } from '../harness/counted.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true
const security = {
  publicKey: 'Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID',
  secretKey: 'D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs',
}

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const consumer = new Consumer({ bind: endpoint, trusted, security })
    const [bound = endpoint] = await consumer.endpoints()
    return { endpoint: bound, run: () => counted(consumer, messages) }
  },

  async send({ endpoint, shape, messages }) {
    const producer = new Producer({ connect: endpoint, trusted, security })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023])
      await producer.drain()
    }
  },
}
