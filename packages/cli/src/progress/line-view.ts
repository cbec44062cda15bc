/** A pipe or a file: plain lines, and a line of progress when something has moved. */
import { formatLine } from '@sluice/core'
import type { LogLine, RunProgress } from '@sluice/core'
import { rowsOf } from './rows.ts'
import type { View } from './view.ts'

/** Shortest time between two lines of progress, in milliseconds. */
const everyMs = 2_000

/** Writes lines to a stream that is no terminal. */
export class LineView implements View {
  readonly #stream: NodeJS.WritableStream
  #last = ''
  #lastMs = 0

  constructor(stream: NodeJS.WritableStream) {
    this.#stream = stream
  }

  log(line: LogLine): void {
    this.note(formatLine(line))
  }

  note(text: string): void {
    this.#stream.write(`${text}\n`)
  }

  progress(progress: RunProgress): void {
    if (progress.elapsedMs - this.#lastMs < everyMs) return
    const stages = rowsOf(progress).filter(({ isLink }) => !isLink)
    const line = stages.map((row) => `${row.name} ${row.in} in ${row.out} out`).join(', ')
    if (line === this.#last) return
    this.#last = line
    this.#lastMs = progress.elapsedMs
    this.note(`${progress.pipeline}: ${(progress.elapsedMs / 1_000).toFixed(0)} s, ${line}`)
  }

  end(): void {
    this.#last = ''
  }
}
