/** One way from DEALER to ROUTER at a steady pace, one message a frame: the floor of a link whose receiver can answer. */
import { pack, unpack } from 'msgpackr'
import { Dealer, Router } from 'zeromq'
import { paced } from '../harness/paced.ts'
import { nowMicros, Percentiles } from '../harness/percentiles.ts'
import type { Findings, PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Router()
    await socket.bind(endpoint)
    const latencies = new Percentiles(messages)
    const run = async (): Promise<Findings> => {
      for (let left = messages; left > 0; left--) {
        const [, frame] = await socket.receive()
        latencies.add(nowMicros() - (unpack(frame!) as { at: number }).at)
      }
      return latencies.findings()
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send({ endpoint, messages, pace }) {
    const socket = new Dealer()
    socket.connect(endpoint)
    return () => paced(messages, pace, (message) => socket.send(pack(message)))
  },
}
