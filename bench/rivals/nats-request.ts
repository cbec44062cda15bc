/** NATS request and reply through its server. */
import { connect } from '@nats-io/transport-node'
import { pack, unpack } from 'msgpackr'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { startNats } from './servers/nats.ts'

export const subject: PairSubject = {
  async receive({ messages }) {
    const server = await startNats()
    const connection = await connect({ port: server.port })
    const subscription = connection.subscribe('bench', { max: messages })
    await connection.flush()
    const before = server.cpuMs()
    const run = async (): Promise<{ othersCpuMs: number }> => {
      for await (const message of subscription) message.respond(pack(unpack(message.data)))
      await connection.flush()
      return { othersCpuMs: server.cpuMs() - before }
    }
    return { endpoint: `tcp://127.0.0.1:${server.port}`, run }
  },
  async send(work) {
    const connection = await connect({ port: Number(work.endpoint.split(':')[2]) })
    const values = ring(shapeOf(work.shape))
    const ask = async (value: unknown): Promise<unknown> =>
      unpack((await connection.request('bench', pack(value), { timeout: 30_000 })).data)
    return () => asking(work, values, ask)
  },
}
