/** What a replica writes, as lines. */
import type { Readable } from 'node:stream'
import { LineSplitter } from './lines.ts'

/** Hands over each line of a stream. Resolves when the stream has closed. */
export function splitOutput(stream: Readable | null, onLine: (line: string) => void): Promise<void> {
  const lines = new LineSplitter(onLine)
  return new Promise((resolve) => {
    stream?.on('data', (bytes: Buffer) => lines.push(bytes))
    stream?.once('close', () => {
      lines.end()
      resolve()
    })
    if (stream === null) resolve()
  })
}
