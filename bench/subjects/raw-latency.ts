/** One way from PUSH to PULL at a steady pace, one message a frame. */
import { pack } from 'msgpackr'
import { Pull, Push } from 'zeromq'
import { plainly } from '../harness/latencies.ts'
import { paced } from '../harness/paced.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Pull()
    await socket.bind(endpoint)
    const run = plainly(() => socket.receive(), messages)
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, messages, pace }) {
    const socket = new Push()
    socket.connect(endpoint)
    return () => paced(messages, pace, (message) => socket.send(pack(message)))
  },
}
