/** REQ to REP with zeromq.js: one request at a time is all that it can. */
import { pack, unpack } from 'msgpackr'
import { Reply, Request } from 'zeromq'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const nothing = Buffer.of(0xc0)

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Reply()
    await socket.bind(endpoint)
    const run = async (): Promise<void> => {
      for (let left = messages; left > 0; left--) {
        const [frame = nothing] = await socket.receive()
        await socket.send(pack(unpack(frame)))
      }
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send(work) {
    const socket = new Request()
    socket.connect(work.endpoint)
    const values = ring(shapeOf(work.shape))
    const ask = async (value: unknown): Promise<unknown> => {
      await socket.send(pack(value))
      const [frame = nothing] = await socket.receive()
      return unpack(frame)
    }
    return () => asking({ ...work, inFlight: 1 }, values, ask)
  },
}
