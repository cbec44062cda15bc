/** What a replica writes, as lines, and its end. */
import type { ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { LineSplitter } from './lines.ts'

/** How long output may be outstanding after an exit: whom the replica itself started may hold its pipes open. */
const outputTimeoutMs = 500

/** Hands over each line of a stream; one longer than `longest` characters is cut. Resolves when the stream has closed. */
export function splitOutput(
  stream: Readable | null,
  onLine: (line: string) => void,
  longest?: number,
): Promise<void> {
  const lines = new LineSplitter(onLine, longest)
  return new Promise((resolve) => {
    stream?.on('data', (bytes: Buffer) => lines.push(bytes))
    stream?.once('close', () => {
      lines.end()
      resolve()
    })
    if (stream === null) resolve()
  })
}

/**
 * Calls `ended` once, when a process is gone and its output has been heard, or it could not be started: with `SIGKILL`,
 * `exit code 1`, or the error.
 */
export function whenEnded(
  child: ChildProcess,
  output: readonly Promise<void>[],
  ended: (how: string, error: NodeJS.ErrnoException | undefined) => void,
): void {
  let isEnded = false
  const end = (how: string, error?: NodeJS.ErrnoException): void => {
    if (isEnded) return
    isEnded = true
    const timeout = AbortSignal.timeout(outputTimeoutMs)
    void Promise.race([
      Promise.all(output),
      new Promise((resolve) => timeout.addEventListener('abort', resolve, { once: true })),
    ]).then(() => {
      child.stdout?.destroy()
      child.stderr?.destroy()
      ended(how, error)
    })
  }
  child.once('exit', (code, signal) => end(signal ?? `exit code ${code}`))
  child.on('error', (error) => {
    if (child.pid === undefined) end(`could not be started: ${error.message}`, error)
  })
}
