/** PUSH to four PULL sockets, which get one message in turn, however long each takes. */
import { pack, unpack } from 'msgpackr'
import { Pull, Push } from 'zeromq'
import { kitchen } from '../harness/kitchen.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const { cooks, done } = kitchen(messages)
    const bound: string[] = []
    const sockets: Pull[] = []
    for (const [at] of cooks.entries()) {
      const socket = new Pull()
      await socket.bind(endpoint.startsWith('ipc:') ? `${endpoint}${at}` : endpoint)
      bound.push(socket.lastEndpoint ?? endpoint)
      sockets.push(socket)
    }
    const run = async (): Promise<Awaited<typeof done>> => {
      const loops = sockets.map(async (socket, at) => {
        for await (const [frame] of socket) {
          unpack(frame!)
          await cooks[at]?.work()
        }
      })
      const findings = await done
      for (const socket of sockets) socket.close()
      await Promise.all(loops)
      return findings
    }
    return { endpoint: bound.join(','), run }
  },

  async send({ endpoint, shape, messages }) {
    const socket = new Push()
    for (const one of endpoint.split(',')) socket.connect(one)
    const values = ring(shapeOf(shape))
    return async () => {
      for (let n = 0; n < messages; n++) await socket.send(pack(values[n & 1023]))
    }
  },
}
