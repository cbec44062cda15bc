/** What a child process runs: one replica, as long as its run lives. */
import { Context } from '../context.ts'
import type { FromReplica, ToReplica } from './messages.ts'
import type { Wrapped } from './process.ts'
import { ReplicaServer } from './serve.ts'

/** The run says when to stop: a terminal or a service manager signals the whole family at once. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)

const server = new ReplicaServer({
  ports: new Context(),
  send(message: FromReplica) {
    const wrapped: Wrapped<FromReplica> = { sluice: message }
    // Where the channel is closed, `disconnect` ends this process.
    process.send?.(wrapped, undefined, undefined, () => undefined)
  },
  exit: () => process.exit(0),
})

process.on('message', (message: Partial<Wrapped<ToReplica>> | null) => {
  if (message?.sluice !== undefined) server.take(message.sluice)
})
process.once('disconnect', () => server.abandoned())
