/** Ours: each of four receivers gets what it has credit for. */
import { Consumer, Producer } from '@sluice/patterns'
import { kitchen } from '../harness/kitchen.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const trusted = true

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const { cooks, done } = kitchen(messages)
    const bind = cooks.map((_, at) => (endpoint.startsWith('ipc:') ? `${endpoint}${at}` : endpoint))
    const consumers = bind.map((one) => new Consumer({ bind: one, trusted }))
    const bound = await Promise.all(consumers.map((consumer) => consumer.endpoints()))
    const run = async (): Promise<Awaited<typeof done>> => {
      const loops = consumers.map(async (consumer, at) => {
        for await (const message of consumer) if (message !== undefined) await cooks[at]?.work()
      })
      const findings = await done
      await Promise.all(consumers.map((consumer) => consumer.close()))
      await Promise.all(loops)
      return findings
    }
    return { endpoint: bound.flat().join(','), run }
  },

  async send({ endpoint, shape, messages }) {
    const producer = new Producer({ connect: endpoint.split(','), trusted })
    await producer.ready()
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await producer.send(values[n & 1023])
    }
  },
}
