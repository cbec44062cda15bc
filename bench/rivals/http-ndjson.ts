/** HTTP with keep-alive: a thousand lines of NDJSON a POST, the next when the last was answered. */
import { once } from 'node:events'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const lines = 1_000

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const server = createServer((incoming, outgoing) => {
      void text(incoming).then((body) => {
        for (const line of body.split('\n')) if (line !== '' && JSON.parse(line) !== undefined) left--
        outgoing.end()
        if (left === 0) resolve()
      })
    }).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const run = async (): Promise<void> => {
      await promise
      server.close()
    }
    return { endpoint: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`, run }
  },

  async send({ endpoint, shape, messages }) {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    const values = ring(shapeOf(shape))
    const port = Number(endpoint.split(':')[2])
    return async () => {
      for (let n = 0; n < messages; n += lines) {
        const count = Math.min(lines, messages - n)
        const body = Array.from({ length: count }, (_, at) => JSON.stringify(values[(n + at) & 1023])).join(
          '\n',
        )
        const posted = request({ agent, port, host: '127.0.0.1', method: 'POST' })
        posted.end(body)
        const [answer] = (await once(posted, 'response')) as [NodeJS.ReadableStream]
        await text(answer)
      }
      agent.destroy()
    }
  },
}
