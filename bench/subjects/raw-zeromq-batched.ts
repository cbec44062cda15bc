/** The bound of the binding: PUSH to PULL, arrays of 256 in one frame, no flow control. */
import { pack, unpack } from 'msgpackr'
import { Pull, Push } from 'zeromq'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const size = 256
const empty = pack([])

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Pull()
    await socket.bind(endpoint)
    const run = async (): Promise<void> => {
      let left = messages
      for await (const [frame] of socket) {
        left -= (unpack(frame ?? empty) as unknown[]).length
        if (left <= 0) break
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
      for (let n = 0; n < messages; n += size) {
        const from = n & 1023
        await socket.send(pack(values.slice(from, from + Math.min(size, messages - n))))
      }
    }
  },
}
