/** The floor of Node itself: net.Socket, arrays of 256 behind a length, gathered to 64 KiB writes; it promises nothing. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { Subject, Work } from '../subject.ts'

const size = 256
const writeBytes = 64 * 1024

export const subject: Subject = {
  async receive({ transport, endpoint, messages }) {
    const server = createServer()
    server.listen(transport === 'ipc' ? { path: pathOf(endpoint) } : { port: 0, host: '127.0.0.1' })
    await once(server, 'listening')
    const run = async (): Promise<void> => {
      const [socket] = (await once(server, 'connection')) as [Socket]
      let left = messages
      for await (const values of frames(socket)) {
        left -= values.length
        if (left <= 0) break
      }
      socket.destroy()
      server.close()
    }
    const address = server.address()
    const bound = typeof address === 'string' ? endpoint : `tcp://127.0.0.1:${(address as AddressInfo).port}`
    return { endpoint: bound, run }
  },

  async send(work) {
    const socket = await open(work)
    const values = ring(shapeOf(work.shape))
    return async () => {
      let gathered: Buffer[] = []
      let bytes = 0
      for (let n = 0; n < work.messages; n += size) {
        const from = n & 1023
        const body = pack(values.slice(from, from + Math.min(size, work.messages - n)))
        const head = Buffer.allocUnsafe(4)
        head.writeUInt32BE(body.length)
        gathered.push(head, body)
        bytes += body.length + 4
        if (bytes < writeBytes) continue
        if (!socket.write(Buffer.concat(gathered, bytes))) await once(socket, 'drain')
        gathered = []
        bytes = 0
      }
      socket.write(Buffer.concat(gathered, bytes))
    }
  },
}

function pathOf(endpoint: string): string {
  return endpoint.slice('ipc://'.length)
}

async function open({ transport, endpoint }: Work): Promise<Socket> {
  const socket =
    transport === 'ipc'
      ? connect(pathOf(endpoint))
      : connect(Number(new URL(endpoint.replace('tcp:', 'http:')).port), '127.0.0.1')
  await once(socket, 'connect')
  return socket
}

async function* frames(socket: Socket): AsyncGenerator<unknown[]> {
  let rest: Buffer = Buffer.alloc(0)
  for await (const chunk of socket as AsyncIterable<Buffer>) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const length = rest.readUInt32BE(at)
      if (rest.length - at - 4 < length) break
      yield unpack(rest.subarray(at + 4, at + 4 + length)) as unknown[]
      at += 4 + length
    }
    rest = rest.subarray(at)
  }
}
