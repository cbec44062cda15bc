/** Moleculer over its TCP transporter, without a broker and without its discovery by UDP; JSON, as it comes. */
import moleculer from 'moleculer'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { freePort } from './servers/server.ts'

function broker(nodeID: string, port: number | undefined, peer: string): moleculer.ServiceBroker {
  return new moleculer.ServiceBroker({
    nodeID,
    logger: false,
    transporter: {
      type: 'TCP',
      options: { udpDiscovery: false, urls: peer, ...(port === undefined ? {} : { port }) },
    },
  })
}

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    const port = await freePort()
    let left = messages
    const server = broker(`server${port}`, port, '')
    server.createService({
      name: 'bench',
      actions: {
        echo: ({ params }: { params: { value: unknown } }) => {
          if (--left === 0) setImmediate(resolve)
          return params.value
        },
      },
    })
    await server.start()
    return { endpoint: `tcp://127.0.0.1:${port}`, run: () => promise }
  },
  async send(work) {
    const port = work.endpoint.split(':')[2]
    const client = broker(`client${port}`, undefined, `tcp://127.0.0.1:${port}/server${port}`)
    await client.start()
    await client.waitForServices('bench', 20_000)
    const values = ring(shapeOf(work.shape))
    return () => asking(work, values, (value) => client.call('bench.echo', { value }))
  },
}
