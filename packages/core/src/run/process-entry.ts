/** What a child process runs: one replica, as long as its run lives. */
import { Context } from '../context.ts'
import type { FromReplica, ToReplica, Wrapped } from './messages.ts'
import { watchForOrphanhood } from './orphan-watch.ts'
import { ReplicaServer } from './serve.ts'

/** How long what the user's modules hold open may keep this process, in milliseconds. */
const leaveMs = 1_000

/** The run says when to stop: a terminal or a service manager signals the whole family at once. */
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined)

const server = new ReplicaServer({
  ports: new Context(),
  send(message: FromReplica) {
    const wrapped: Wrapped<FromReplica> = { sluice: message }
    // Where the channel is closed, `disconnect` ends this process.
    process.send?.(wrapped, undefined, undefined, () => undefined)
  },
  exit: leave,
})

/**
 * Ends by having nothing left to do: only then does libzmq see off the frames that its sockets still hold,
 * whereas `process.exit` drops them.
 */
function leave(): void {
  process.off('disconnect', abandoned)
  process.disconnect?.()
  setTimeout(() => process.exit(0), leaveMs).unref()
}

function abandoned(): void {
  server.abandoned()
  process.exit(1)
}

process.on('message', (message: Partial<Wrapped<ToReplica>> | null) => {
  if (message?.sluice === undefined) return
  if (message.sluice.type === 'open') watchForOrphanhood(message.sluice.directory)
  server.take(message.sluice)
})
process.once('disconnect', abandoned)
