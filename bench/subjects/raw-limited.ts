/** PUSH to PULL, to a receiver of `pace` messages a second: what the sockets and the kernel take is ahead of it. */
import { pack, unpack } from 'msgpackr'
import { Pull, Push } from 'zeromq'
import { limiter } from '../harness/limited.ts'
import { nowMicros } from '../harness/percentiles.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages, pace }) {
    const socket = new Pull()
    await socket.bind(endpoint)
    const run = async (): Promise<void> => {
      const next = limiter(pace)
      let left = messages
      for await (const [frame] of socket) {
        if (frame !== undefined) unpack(frame)
        await next()
        if (--left === 0) break
      }
      socket.close()
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, shape, messages, pace }) {
    const socket = new Push()
    socket.connect(endpoint)
    const values = ring(shapeOf(shape))
    return async () => {
      const from = nowMicros()
      let ahead = 0
      for (let n = 0; n < messages; n++) {
        await socket.send(pack(values[n & 1023]))
        // It sends nothing back, so the pace is all that is known of the receiver.
        ahead = Math.max(ahead, n + 1 - ((nowMicros() - from) / 1e6) * pace)
      }
      return { ahead: Math.round(ahead) }
    }
  },
}
