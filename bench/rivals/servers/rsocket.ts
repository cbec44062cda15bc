/** rsocket-js over TCP: a server that answers, and a client that is connected. */
import rsocket from 'rsocket-core'
import type { Responder, RSocket } from 'rsocket-core'
import tcpClient from 'rsocket-tcp-client'
import tcpServer from 'rsocket-tcp-server'
import { freePort } from './server.ts'

const { BufferEncoders, RSocketClient, RSocketServer } = rsocket

/** Listens; resolves to the endpoint. */
export async function serve(responder: Responder): Promise<string> {
  const port = await freePort()
  const transport = new tcpServer.default({ port, host: '127.0.0.1' }, BufferEncoders)
  new RSocketServer({ transport, getRequestHandler: () => responder }).start()
  return `tcp://127.0.0.1:${port}`
}

export function dial(endpoint: string): Promise<RSocket> {
  const transport = new tcpClient.default(
    { port: Number(endpoint.split(':')[2]), host: '127.0.0.1' },
    BufferEncoders,
  )
  const binary = 'application/octet-stream'
  const setup = { keepAlive: 60_000, lifetime: 180_000, dataMimeType: binary, metadataMimeType: binary }
  return new Promise((resolve, reject) =>
    new RSocketClient({ setup, transport }).connect().then(resolve, reject),
  )
}
