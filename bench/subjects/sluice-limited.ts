/** Ours, to a receiver of `pace` messages a second, from a sender that would send any number. */
import { Consumer, Producer } from '@sluice/patterns'
import { limiter, most } from '../harness/limited.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages, pace }) {
    const consumer = new Consumer({ bind: endpoint, trusted })
    const [bound = endpoint] = await consumer.endpoints()
    const run = async (): Promise<void> => {
      const next = limiter(pace)
      let left = messages
      for await (const message of consumer) {
        if (message !== undefined) await next()
        if (--left === 0) break
      }
    }
    return { endpoint: bound, run }
  },

  async send({ endpoint, shape, messages }) {
    const producer = new Producer({ connect: endpoint, trusted })
    const values = ring(shapeOf(shape))
    return async () => {
      const ahead = most(() => {
        const { pending, inFlight } = producer.stats()
        return pending + inFlight
      })
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023])
      return { ahead: ahead.stop() }
    }
  },
}
