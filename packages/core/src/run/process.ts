/** A replica in a child process of its own. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Connect, Connection, ConnectionEvents } from './connection.ts'
import { inheritedArguments } from './exec-arguments.ts'
import type { FromReplica, ToReplica, Wrapped } from './messages.ts'
import { splitOutput, whenEnded } from './output.ts'

/** Built by tsc the entry is JavaScript, in the repository it is TypeScript: it lies beside this file either way. */
const entry = fileURLToPath(new URL(`./process-entry${extname(import.meta.url)}`, import.meta.url))

/**
 * Starts a child process for a replica. It is the leader of its own process group, so that Ctrl-C on a
 * terminal reaches the run alone, which then drains; and it ends when its IPC channel does, so that a run
 * which is killed leaves nobody behind. Its name is an argument, for whoever reads a list of processes.
 */
export function connectProcess(name: string): Connect {
  return (events) => {
    const child = fork(entry, [name], {
      execArgv: inheritedArguments(process.execArgv, import.meta.url),
      serialization: 'json',
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      detached: true,
    })
    follow(child, events)
    return connectionOf(child)
  }
}

function connectionOf(child: ChildProcess): Connection {
  return {
    send(message: ToReplica) {
      const wrapped: Wrapped<ToReplica> = { sluice: message }
      // A channel that is closed says so to the callback; the exit that follows is what counts.
      child.send(wrapped, () => undefined)
    },
    kill: () => void child.kill('SIGKILL'),
  }
}

function follow(child: ChildProcess, events: ConnectionEvents): void {
  child.on('message', (message: Partial<Wrapped<FromReplica>> | null) => {
    if (message?.sluice !== undefined) events.message(message.sluice)
  })
  const output = [
    splitOutput(child.stdout, (line) => events.line(line, 'info')),
    splitOutput(child.stderr, (line) => events.line(line, 'warn')),
  ]
  whenEnded(child, output, (how) => events.ended(how))
}
