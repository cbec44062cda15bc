/** A Redis list as a queue: 256 messages a command on either side, nothing acked. */
import { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { brokered } from './servers/brokered.ts'
import { startRedis } from './servers/redis.ts'

const batch = 256

export const subject: PairSubject = brokered({
  start: startRedis,
  async receive(port, { messages }) {
    const redis = new Redis(port)
    return async () => {
      for (let left = messages; left > 0;) {
        const taken = await redis.callBuffer('BLMPOP', 0, 1, 'bench', 'LEFT', 'COUNT', batch)
        const [, values] = taken as [Buffer, Buffer[]]
        for (const value of values) unpack(value)
        left -= values.length
      }
      redis.disconnect()
    }
  },
  async send(port, { shape, messages }) {
    const redis = new Redis(port)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n += batch) {
        const count = Math.min(batch, messages - n)
        await redis.rpush('bench', ...Array.from({ length: count }, (_, at) => pack(values[(n + at) & 1023])))
      }
      redis.disconnect()
    }
  },
})
