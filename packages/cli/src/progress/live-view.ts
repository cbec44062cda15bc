/** A terminal: a table that is drawn anew in place, with the stages' lines above it. */
import { formatLine } from '@sluice/core'
import type { LogLine, RunProgress } from '@sluice/core'
import { createLogUpdate } from 'log-update'
import { Rows } from './rows.ts'
import { table } from './table.ts'
import type { View } from './view.ts'

/** Draws on a terminal and leaves it as it was found. */
export class LiveView implements View {
  readonly #stream: NodeJS.WriteStream
  readonly #draw: ReturnType<typeof createLogUpdate>
  readonly #rows = new Rows()
  #drawn = ''

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream
    this.#draw = createLogUpdate(stream)
  }

  log(line: LogLine): void {
    this.note(formatLine(line))
  }

  note(text: string): void {
    this.#draw.clear()
    this.#stream.write(`${text}\n`)
    if (this.#drawn !== '') this.#draw(this.#drawn)
  }

  progress(progress: RunProgress): void {
    const seconds = (progress.elapsedMs / 1_000).toFixed(1)
    this.#drawn = `\n${progress.pipeline}: ${progress.state}, ${seconds} s\n${table(this.#rows.look(progress))}`
    this.#draw(this.#drawn)
  }

  end(): void {
    this.#draw.clear()
    this.#draw.done()
  }
}
