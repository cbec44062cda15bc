/** A NATS queue group: four subscribers, each handed messages whatever it still has to do. */
import { connect } from '@nats-io/transport-node'
import { pack, unpack } from 'msgpackr'
import { kitchen } from '../harness/kitchen.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { startNats } from './servers/nats.ts'

export const subject: PairSubject = {
  async receive({ messages }) {
    const server = await startNats()
    const { cooks, done } = kitchen(messages)
    const connections = await Promise.all(cooks.map(() => connect({ port: server.port })))
    const run = async (): Promise<Awaited<typeof done>> => {
      const findings = await done
      await Promise.all(connections.map((connection) => connection.close()))
      await server[Symbol.asyncDispose]()
      return findings
    }
    for (const [at, connection] of connections.entries()) {
      const subscription = connection.subscribe('bench', { queue: 'cooks' })
      await connection.flush()
      void (async () => {
        for await (const message of subscription) {
          unpack(message.data)
          await cooks[at]?.work()
        }
      })()
    }
    return { endpoint: `tcp://127.0.0.1:${server.port}`, run }
  },
  async send({ endpoint, shape, messages }) {
    const connection = await connect({ port: Number(endpoint.split(':')[2]) })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) connection.publish('bench', pack(values[n & 1023]))
      await connection.flush()
    }
  },
}
