/** rsocket-js, fire-and-forget: it has no credit of its own, so that the sender yields to its socket now and then. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { dial, serve } from './servers/rsocket.ts'

/** Messages sent between two turns of the event loop. */
const stride = 256

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const endpoint = await serve({
      fireAndForget({ data }) {
        unpack(data)
        if (--left === 0) resolve()
      },
    })
    return { endpoint, run: () => promise }
  },
  async send({ endpoint, shape, messages }) {
    const socket = await dial(endpoint)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) {
        socket.fireAndForget({ data: pack(values[n & 1023]) })
        if (n % stride === 0) await nextTurn()
      }
    }
  },
}
