/** NATS JetStream: a stream in memory, each message acked by its consumer, read while it is written. */
import { AckPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { brokered } from './servers/brokered.ts'
import { startNats } from './servers/nats.ts'

/** Publishes whose acks are awaited together. */
const stride = 256

export const subject: PairSubject = brokered({
  start: startNats,
  async receive(port, { messages }) {
    const connection = await connect({ port })
    const manager = await jetstreamManager(connection)
    await manager.streams.add({ name: 'BENCH', subjects: ['bench'], storage: StorageType.Memory })
    await manager.consumers.add('BENCH', {
      durable_name: 'worker',
      ack_policy: AckPolicy.Explicit,
      max_ack_pending: 10_000,
    })
    const consumer = await jetstream(connection).consumers.get('BENCH', 'worker')
    return async () => {
      let left = messages
      for await (const message of await consumer.consume({ max_messages: 1_000 })) {
        unpack(message.data)
        message.ack()
        if (--left === 0) break
      }
      await connection.flush()
      await connection.close()
    }
  },
  async send(port, { shape, messages }) {
    const connection = await connect({ port })
    const stream = jetstream(connection)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n += stride) {
        const count = Math.min(stride, messages - n)
        await Promise.all(
          Array.from({ length: count }, (_, at) => stream.publish('bench', pack(values[(n + at) & 1023]))),
        )
      }
      await connection.close()
    }
  },
})
