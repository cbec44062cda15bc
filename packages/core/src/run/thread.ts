/** A replica on a worker thread of its own. */
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import type { Guard } from '../security/guard.ts'
import type { Connect } from './connection.ts'
import type { Wrapped } from './messages.ts'
import { splitOutput } from './output.ts'
import type { Attach } from './switchboard.ts'
import { ThreadBridges } from './thread-bridges.ts'
import type { FromThread, ToThread } from './thread-messages.ts'

/** It lies beside this file, as TypeScript in the repository and as JavaScript where it was built. */
const entry = new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url)

/** What a thread needs of its run beside messages. */
export interface ThreadOptions {
  /** The group and the replica, such as `dryer/2`: the thread's name. */
  readonly name: string
  /** Takes the thread in among those that channels join. Returns how to take it out. */
  readonly join: (attach: Attach) => () => void
  readonly clock: Clock
  /** Guards the thread's sockets, which stand here. */
  readonly guard: Guard
}

/**
 * Starts a worker thread for a replica. A handler that calls `process.exit` ends its thread alone. Output that a
 * thread writes comes here line by line, and so does the error that it died of.
 */
export function connectThread({ name, join, clock, guard }: ThreadOptions): Connect {
  return (events) => {
    const worker = new Worker(entry, { name, stdout: true, stderr: true })
    const send = (message: ToThread, transfer: readonly MessagePort[] = []): void => {
      const wrapped: Wrapped<ToThread> = { sluice: message }
      worker.postMessage(wrapped, transfer)
    }
    const bridges = new ThreadBridges({ clock, guard, send })
    const leave = join((to, port) => send({ type: 'attach', name: to, port }, [port]))
    let threw: string | undefined
    worker.on('message', (message: Partial<Wrapped<FromThread>> | null) => {
      if (message?.sluice === undefined) return
      const { sluice } = message
      if ('bridge' in sluice) bridges.hear(sluice)
      else events.message(sluice)
    })
    worker.on('error', (error: unknown) => {
      threw = String(error)
      const text = error instanceof Error ? (error.stack ?? threw) : threw
      for (const line of text.split('\n')) events.line(line, 'error')
    })
    const output = [
      splitOutput(worker.stdout, (line) => events.line(line, 'info')),
      splitOutput(worker.stderr, (line) => events.line(line, 'warn')),
    ]
    worker.once('exit', (code) => {
      leave()
      void Promise.all([...output, bridges.end()]).then(() => events.ended(threw ?? `exit code ${code}`))
    })
    return { send, kill: () => void worker.terminate() }
  }
}
