/** HTTP: undici with one connection for each request in flight, to node:http; a request each. */
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'
import { pack, unpack } from 'msgpackr'
import { Pool } from 'undici'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const server = createServer((incoming, outgoing) => {
      void buffer(incoming).then((body) => {
        outgoing.end(pack(unpack(body)))
        if (--left === 0) resolve()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, run: () => promise }
  },
  async send(work) {
    const pool = new Pool(work.endpoint, { connections: Math.min(work.inFlight, 64) })
    const values = ring(shapeOf(work.shape))
    const ask = async (value: unknown): Promise<unknown> => {
      const { body } = await pool.request({ method: 'POST', path: '/', body: pack(value) })
      return unpack(Buffer.from(await body.arrayBuffer()))
    }
    return () => asking(work, values, ask)
  },
}
