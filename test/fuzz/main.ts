/**
 * `npm run fuzz`: mutates kept inputs and puts each through every check. In the first part of a run V8 counts blocks, and what reaches a
 * new one is kept; the rest runs at full speed on what was kept.
 *
 *   npm run fuzz -- --frames 10000000 --seed 7
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { goldenInputs, keep, keptInputs } from './corpus.ts'
import { Coverage } from './coverage.ts'
import { mutate } from './mutate.ts'
import type { Input } from './mutate.ts'
import { Random } from './random.ts'
import { check } from './targets.ts'

/** Inputs between two looks at the coverage. */
const batchInputs = 500

/** Where an input is left that broke something. */
const findingFile = 'node_modules/.cache/fuzz-finding.json'

const { values } = parseArgs({
  options: {
    frames: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    guided: { type: 'string', default: '0.05' },
    keep: { type: 'boolean', default: false },
  },
})

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

class Fuzz {
  readonly #random: Random
  readonly #golden = goldenInputs()
  readonly #kept = keptInputs()
  readonly #inputs: Input[] = [...this.#golden, ...this.#kept]
  frames = 0

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  get kept(): readonly Input[] {
    return this.#kept
  }

  /** Runs until so many frames were looked at, keeping what runs code that nothing ran before. */
  guided(frames: number): number {
    using coverage = new Coverage()
    for (const input of this.#inputs) this.#check(input)
    coverage.add(coverage.look())
    while (this.frames < frames) {
      const batch = Array.from({ length: batchInputs }, () => this.#next())
      for (const input of batch) this.#check(input)
      this.#learn(coverage, batch, coverage.look())
    }
    return coverage.size
  }

  /** Runs until so many frames were looked at. */
  free(frames: number): void {
    while (this.frames < frames) this.#check(this.#next())
  }

  /** Finds the input of a batch that ran new blocks, by halves. */
  #learn(coverage: Coverage, batch: readonly Input[], blocks: readonly string[]): void {
    if (coverage.fresh(blocks).length === 0) return
    if (batch.length === 1) {
      coverage.add(blocks)
      this.#inputs.push(...batch)
      this.#kept.push(...batch)
      return
    }
    const half = batch.length >> 1
    for (const part of [batch.slice(0, half), batch.slice(half)]) {
      for (const input of part) check(input)
      this.#learn(coverage, part, coverage.look())
    }
  }

  #next(): Input {
    return mutate(this.#random.pick(this.#inputs), this.#inputs, this.#random)
  }

  #check(input: Input): void {
    try {
      this.frames += check(input)
    } catch (error) {
      const finding = JSON.stringify(input.map((message) => message.map((frame) => frame.toString('hex'))))
      mkdirSync(dirname(findingFile), { recursive: true })
      writeFileSync(findingFile, `${finding}\n`)
      say(`found after ${this.frames} frames, written to ${findingFile}:\n${finding}`)
      throw error
    }
  }
}

// Refusals are made by the million here, and nobody looks at where they come from.
Error.stackTraceLimit = 0
const frames = Number(values.frames)
const fuzz = new Fuzz(Number(values.seed))
const started = performance.now()
const before = fuzz.kept.length
const blocks = fuzz.guided(frames * Number(values.guided))
say(
  `seed ${values.seed}: ${blocks} blocks reached, ${fuzz.kept.length - before} inputs found that reach new ones`,
)
if (values.keep) keep(fuzz.kept)
fuzz.free(frames)
const seconds = (performance.now() - started) / 1_000
const megabytes = Math.round(process.memoryUsage.rss() / 1e6)
say(`${fuzz.frames} frames clean in ${seconds.toFixed(0)} s, ${megabytes} MB resident`)
