/** Pipelines of two and of three processes, with async handlers; each process imports this module. */
import { writeFileSync } from 'node:fs'
import { pipeline } from '@sluice/core'
import type { Pipeline, Sink } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { nowMicros } from '../harness/percentiles.ts'
import { ring, shapeOf } from '../shapes.ts'

/** What the processes of a run are told, by their environment. */
export interface Told {
  readonly shape: string
  readonly messages: number
  /** Where the sink writes how long it took, from the source's first message to the last. */
  readonly result: string
}

export const environmentName = 'SLUICE_BENCH_RELAY'

function told(): Told {
  return JSON.parse(process.env[environmentName] ?? '{}') as Told
}

function* produce(): Iterable<unknown> {
  const { shape, messages } = told()
  const values = ring(shapeOf(shape))
  yield { from: nowMicros() }
  for (let n = 1; n < messages; n++) yield values[n & 1023]
}

async function relay(message: unknown): Promise<unknown> {
  return message
}

const measure: Sink<unknown> = {
  async take(message) {
    if (typeof message === 'object' && message !== null && 'from' in message)
      started.from = message.from as number
  },
  end() {
    writeFileSync(told().result, JSON.stringify({ elapsedMs: (nowMicros() - started.from) / 1_000 }))
  },
}

/** One sink runs in one process. */
const started: { from: number } = { from: 0 }

export const relay2: Pipeline = pipeline('relay2')
  .source('first', produce, { on: 'process' })
  .link(backpressure())
  .sink('last', measure, { on: 'process' })

export const relay3: Pipeline = pipeline('relay3')
  .source('first', produce, { on: 'process' })
  .link(backpressure())
  .stage('middle', relay, { on: 'process' })
  .link(backpressure())
  .sink('last', measure, { on: 'process' })
