/** NATS core: publish and subscribe, at most once. */
import { connect } from '@nats-io/transport-node'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { brokered } from './servers/brokered.ts'
import { startNats } from './servers/nats.ts'

/** Messages between two waits for the server: more, and what it has not sent yet is lost to a "slow consumer". */
const stride = 1_024

export const subject: PairSubject = brokered({
  start: startNats,
  async receive(port, { messages }) {
    const connection = await connect({ port })
    const subscription = connection.subscribe('bench', { max: messages })
    await connection.flush()
    return async () => {
      for await (const message of subscription) unpack(message.data)
      await connection.close()
    }
  },
  async send(port, { shape, messages }) {
    const connection = await connect({ port })
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) {
        connection.publish('bench', pack(values[n & 1023]))
        if ((n + 1) % stride === 0) await connection.flush()
      }
      await connection.flush()
      await connection.close()
    }
  },
})
