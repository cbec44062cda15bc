/** Which blocks of our sources ran, as V8 counts them. */
import { Session } from 'node:inspector'
import type { Profiler } from 'node:inspector'

/** Counts blocks while it is on, which makes everything about twice as slow. */
export class Coverage implements Disposable {
  readonly #session = new Session()
  readonly #known = new Set<string>()

  constructor() {
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.startPreciseCoverage', { callCount: true, detailed: true })
  }

  /** How many blocks were ever seen. */
  get size(): number {
    return this.#known.size
  }

  /** The blocks that ran since the last look. */
  look(): readonly string[] {
    let taken: Profiler.TakePreciseCoverageReturnType | undefined
    // The session is of this thread: the answer is there when post() returns.
    this.#session.post('Profiler.takePreciseCoverage', (error, result) => {
      if (error === null) taken = result
    })
    const blocks: string[] = []
    for (const { url, functions } of taken?.result ?? []) {
      if (!/packages\/\w+\/src\//.test(url)) continue
      for (const { ranges } of functions)
        for (const { startOffset, endOffset, count } of ranges)
          if (count > 0) blocks.push(`${url}:${startOffset}-${endOffset}`)
    }
    return blocks
  }

  /** Of these blocks, those that were never seen before. */
  fresh(blocks: readonly string[]): readonly string[] {
    return blocks.filter((block) => !this.#known.has(block))
  }

  /** Remembers blocks. */
  add(blocks: readonly string[]): void {
    for (const block of blocks) this.#known.add(block)
  }

  [Symbol.dispose](): void {
    this.#session.post('Profiler.stopPreciseCoverage')
    this.#session.disconnect()
  }
}
