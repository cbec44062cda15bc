/** NATS JetStream: four that pull one message at a time from one durable consumer, and ack it when it is done. */
import { AckPolicy, jetstream, jetstreamManager, StorageType } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { pack, unpack } from 'msgpackr'
import { kitchen } from '../harness/kitchen.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { startNats } from './servers/nats.ts'

const stride = 256

export const subject: PairSubject = {
  async receive({ messages }) {
    const server = await startNats()
    const { cooks, done } = kitchen(messages)
    const connections = await Promise.all(cooks.map(() => connect({ port: server.port })))
    const [first] = connections
    if (first === undefined) throw new Error('there are no cooks')
    const manager = await jetstreamManager(first)
    await manager.streams.add({ name: 'BENCH', subjects: ['bench'], storage: StorageType.Memory })
    await manager.consumers.add('BENCH', { durable_name: 'cooks', ack_policy: AckPolicy.Explicit })
    const run = async (): Promise<Awaited<typeof done>> => {
      for (const [at, connection] of connections.entries())
        void serve(connection, async () => cooks[at]?.work())
      const findings = await done
      await Promise.all(connections.map((connection) => connection.close()))
      await server[Symbol.asyncDispose]()
      return findings
    }
    return { endpoint: `tcp://127.0.0.1:${server.port}`, run }
  },
  async send({ endpoint, shape, messages }) {
    const connection = await connect({ port: Number(endpoint.split(':')[2]) })
    const stream = jetstream(connection)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n += stride) {
        const count = Math.min(stride, messages - n)
        await Promise.all(
          Array.from({ length: count }, (_, at) => stream.publish('bench', pack(values[(n + at) & 1023]))),
        )
      }
    }
  },
}

async function serve(
  connection: Awaited<ReturnType<typeof connect>>,
  work: () => Promise<void>,
): Promise<void> {
  const consumer = await jetstream(connection).consumers.get('BENCH', 'cooks')
  for await (const message of await consumer.consume({ max_messages: 2, threshold_messages: 1 })) {
    unpack(message.data)
    await work()
    message.ack()
  }
}
