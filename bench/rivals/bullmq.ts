/** BullMQ: jobs in Redis, added 256 at a time, a hundred at work at once. */
import { Queue, Worker } from 'bullmq'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { brokered } from './servers/brokered.ts'
import { startRedis } from './servers/redis.ts'

const batch = 256

export const subject: PairSubject = brokered({
  start: startRedis,
  async receive(port, { messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const worker = new Worker(
      'bench',
      async (job) => {
        if (job.data !== undefined && --left === 0) resolve()
      },
      {
        connection: { port, host: '127.0.0.1', maxRetriesPerRequest: null },
        concurrency: 100,
        removeOnComplete: { count: 0 },
      },
    )
    await worker.waitUntilReady()
    return async () => {
      await promise
      await worker.close()
    }
  },
  async send(port, { shape, messages }) {
    const queue = new Queue('bench', { connection: { port, host: '127.0.0.1' } })
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
})
