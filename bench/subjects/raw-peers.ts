/** What people write today, from as many PUSH sockets as `inFlight` says to one PULL: one message a frame, no flow control. */
import { pack } from 'msgpackr'
import { Push } from 'zeromq'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { subject as one } from './raw-zeromq.ts'

export const subject: PairSubject = {
  receive: (work) => one.receive(work),

  async send({ endpoint, shape, messages, inFlight: peers }) {
    const sockets = Array.from({ length: peers }, () => {
      const socket = new Push()
      socket.connect(endpoint)
      return socket
    })
    const values = ring(shapeOf(shape))
    return async () => {
      const each = Math.floor(messages / peers)
      const sent = sockets.map(async (socket, at) => {
        const own = at === 0 ? messages - each * (peers - 1) : each
        for (let n = 0; n < own; n++) await socket.send(pack(values[n & 1023]))
        // What libzmq still holds leaves all the same.
        socket.close()
      })
      await Promise.all(sent)
    }
  },
}
