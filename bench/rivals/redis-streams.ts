/** A Redis stream with a consumer group: 256 messages a round trip on either side, each acked. */
import { Redis } from 'ioredis'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { brokered } from './servers/brokered.ts'
import { startRedis } from './servers/redis.ts'

const batch = 256

type Entries = [Buffer, [Buffer, [Buffer, Buffer]][]][] | null

export const subject: PairSubject = brokered({
  start: startRedis,
  async receive(port, { messages }) {
    const redis = new Redis(port)
    await redis.xgroup('CREATE', 'bench', 'group', '0', 'MKSTREAM')
    return async () => {
      for (let left = messages; left > 0;) {
        const read = await redis.callBuffer(
          ...([
            'XREADGROUP',
            'GROUP',
            'group',
            'one',
            'COUNT',
            String(batch),
            'BLOCK',
            '0',
            'STREAMS',
            'bench',
            '>',
          ] as const),
        )
        const entries = (read as Entries)?.[0]?.[1] ?? []
        for (const [, [, value]] of entries) unpack(value)
        await redis.xack('bench', 'group', ...entries.map(([id]) => id))
        left -= entries.length
      }
      redis.disconnect()
    }
  },
  async send(port, { shape, messages }) {
    const redis = new Redis(port)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n += batch) {
        const line = redis.pipeline()
        const count = Math.min(batch, messages - n)
        for (let at = 0; at < count; at++) line.xadd('bench', '*', 'value', pack(values[(n + at) & 1023]))
        await line.exec()
      }
      redis.disconnect()
    }
  },
})
