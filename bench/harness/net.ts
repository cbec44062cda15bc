/** Frames behind a length on a net.Socket. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import type { Work } from '../subject.ts'

/** Listens, and resolves to the endpoint and the first connection, which may come at any time. */
export async function listen({
  transport,
  endpoint,
}: Work): Promise<{ bound: string; socket: Promise<Socket> }> {
  const server = createServer({ noDelay: true })
  server.listen(transport === 'ipc' ? { path: pathOf(endpoint) } : { port: 0, host: '127.0.0.1' })
  await once(server, 'listening')
  const socket = (once(server, 'connection') as Promise<[Socket]>).then(([first]) => first)
  const address = server.address()
  const bound = typeof address === 'string' ? endpoint : `tcp://127.0.0.1:${(address as AddressInfo).port}`
  return { bound, socket }
}

export async function dial({ transport, endpoint }: Work): Promise<Socket> {
  const port = Number(endpoint.slice(endpoint.lastIndexOf(':') + 1))
  const socket =
    transport === 'ipc' ? connect(pathOf(endpoint)) : connect({ port, host: '127.0.0.1', noDelay: true })
  await once(socket, 'connect')
  return socket
}

/** Calls `take` with each frame, whose length is in the four octets ahead of it. */
export function eachFrame(socket: Socket, take: (frame: Buffer) => void): void {
  let rest: Buffer = Buffer.alloc(0)
  socket.on('data', (chunk: Buffer) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
    let at = 0
    while (rest.length - at >= 4) {
      const length = rest.readUInt32BE(at)
      if (rest.length - at - 4 < length) break
      take(rest.subarray(at + 4, at + 4 + length))
      at += 4 + length
    }
    rest = rest.subarray(at)
  })
}

/** Four octets with the length of what follows. */
export function head(length: number): Buffer {
  const octets = Buffer.allocUnsafe(4)
  octets.writeUInt32BE(length)
  return octets
}

function pathOf(endpoint: string): string {
  return endpoint.slice('ipc://'.length)
}
