/** One way from DEALER to ROUTER at a steady pace, one message a frame: the floor of a link whose receiver can answer. */
import { pack } from 'msgpackr'
import { Dealer, Router } from 'zeromq'
import { plainly } from '../harness/latencies.ts'
import { paced } from '../harness/paced.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Router()
    await socket.bind(endpoint)
    const run = plainly(() => socket.receive(), messages)
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, messages, pace }) {
    const socket = new Dealer()
    socket.connect(endpoint)
    return () => paced(messages, pace, (message) => socket.send(pack(message)))
  },
}
