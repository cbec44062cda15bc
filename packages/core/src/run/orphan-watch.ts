/** Ends a replica whose run is gone, whatever its event loop does. */
import { Worker } from 'node:worker_threads'

/** Milliseconds between two looks. */
const everyMs = 1_000

/** Plain JavaScript, as a worker takes it from a text: it needs no loader and starts in a few milliseconds. */
const watch = `
const { workerData } = require('node:worker_threads')
setInterval(() => {
  if (process.ppid === workerData.parent) return
  if (workerData.directory) require('node:fs').rmSync(workerData.directory, { recursive: true, force: true })
  process.kill(process.pid, 'SIGKILL')
}, workerData.everyMs)
`

/**
 * Looks once a second from a thread of its own whether the parent is still the same one, and kills this process
 * when it is not. The IPC channel tells as much, but only to an event loop that turns: a handler that never
 * returns would compute for ever, with nobody left to end it.
 */
export function watchForOrphanhood(directory: string | undefined): void {
  const worker = new Worker(watch, {
    eval: true,
    execArgv: [],
    workerData: { parent: process.ppid, directory, everyMs },
  })
  // A replica lives on without its watch.
  worker.on('error', () => undefined)
  worker.unref()
}
