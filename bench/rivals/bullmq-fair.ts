/** BullMQ: four workers, each with one job at a time. */
import { Queue, Worker } from 'bullmq'
import { kitchen } from '../harness/kitchen.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { startRedis } from './servers/redis.ts'

const batch = 256

export const subject: PairSubject = {
  async receive({ messages }) {
    const server = await startRedis()
    const { cooks, done } = kitchen(messages)
    const connection = { port: server.port, host: '127.0.0.1', maxRetriesPerRequest: null }
    const workers = cooks.map(
      (cook) =>
        new Worker('bench', () => cook.work(), {
          connection,
          concurrency: 1,
          removeOnComplete: { count: 0 },
        }),
    )
    await Promise.all(workers.map((worker) => worker.waitUntilReady()))
    const run = async (): Promise<Awaited<typeof done>> => {
      const findings = await done
      await Promise.all(workers.map((worker) => worker.close()))
      await server[Symbol.asyncDispose]()
      return findings
    }
    return { endpoint: `tcp://127.0.0.1:${server.port}`, run }
  },
  async send({ endpoint, shape, messages }) {
    const queue = new Queue('bench', {
      connection: { port: Number(endpoint.split(':')[2]), host: '127.0.0.1' },
    })
    await queue.waitUntilReady()
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n += batch) {
        const count = Math.min(batch, messages - n)
        await queue.addBulk(
          Array.from({ length: count }, (_, at) => ({ name: 'job', data: values[(n + at) & 1023] })),
        )
      }
      await queue.close()
    }
  },
}
