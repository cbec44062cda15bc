/** What people write today: PUSH to PULL with zeromq.js, one message a frame. */
import { pack, unpack } from 'msgpackr'
import { Pull, Push } from 'zeromq'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Pull()
    await socket.bind(endpoint)
    const run = async (): Promise<void> => {
      let left = messages
      for await (const [frame] of socket) {
        if (frame !== undefined) unpack(frame)
        if (--left === 0) break
      }
      socket.close()
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, shape, messages }) {
    const socket = new Push()
    socket.connect(endpoint)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await socket.send(pack(values[n & 1023]))
    }
  },
}
