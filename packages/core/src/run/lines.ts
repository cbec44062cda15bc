/** Output of another process as lines: whole ones, bounded, and the last of them kept. */
import { StringDecoder } from 'node:string_decoder'

/** A line longer than this is cut into several, so that output without a line break takes no memory, in characters. */
const longestLine = 16 * 1_024

/** Cuts bytes as they come into lines of text. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8')
  readonly #onLine: (line: string) => void
  readonly #longest: number
  #rest = ''

  constructor(onLine: (line: string) => void, longest: number = longestLine) {
    this.#onLine = onLine
    this.#longest = longest
  }

  push(bytes: Buffer): void {
    this.#take(this.#decoder.write(bytes))
  }

  /** Hands over what stands behind the last line break. */
  end(): void {
    this.#take(this.#decoder.end())
    if (this.#rest !== '') this.#onLine(this.#rest)
    this.#rest = ''
  }

  #take(text: string): void {
    const lines = (this.#rest + text).split('\n')
    this.#rest = lines.pop() ?? ''
    for (const line of lines) this.#onLine(line.endsWith('\r') ? line.slice(0, -1) : line)
    while (this.#rest.length > this.#longest) {
      this.#onLine(this.#rest.slice(0, this.#longest))
      this.#rest = this.#rest.slice(this.#longest)
    }
  }
}

/** Keeps the last lines. */
export class Tail {
  readonly #most: number
  readonly #lines: string[] = []

  constructor(most: number) {
    this.#most = most
  }

  push(line: string): void {
    this.#lines.push(line)
    if (this.#lines.length > this.#most) this.#lines.shift()
  }

  get lines(): readonly string[] {
    return [...this.#lines]
  }
}
