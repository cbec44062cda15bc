/** What a worker thread runs: one replica, as long as its run lives. */
import { parentPort } from 'node:worker_threads'
import type { Wrapped } from './messages.ts'
import { ReplicaServer } from './serve.ts'
import type { FromThread, ToThread } from './thread-messages.ts'
import { ThreadPorts } from './thread-ports.ts'

const send = (message: FromThread): void => {
  const wrapped: Wrapped<FromThread> = { sluice: message }
  parentPort?.postMessage(wrapped)
}

const ports = new ThreadPorts(send)
// What was posted is with its receiver already: nothing is lost by leaving at once.
const server = new ReplicaServer({ ports, send, exit: () => process.exit(0) })

parentPort?.on('message', (message: Partial<Wrapped<ToThread>> | null) => {
  if (message?.sluice === undefined) return
  const { sluice } = message
  if (sluice.type === 'attach' || 'bridge' in sluice) ports.hear(sluice)
  else server.take(sluice)
})
