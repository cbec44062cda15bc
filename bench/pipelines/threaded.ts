/** A pipeline whose last stage is on a thread of its own. */
import { pipeline } from '@sluice/core'
import type { Pipeline, Sink } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { ring, shapeOf } from '../shapes.ts'
import { nowMicros } from '../harness/percentiles.ts'

/** What the source gives, set by whoever runs the pipeline: the source runs in that thread. */
export const given: { shape: string; messages: number; from: number; until: number } = {
  shape: 'object-75',
  messages: 0,
  from: 0,
  until: 0,
}

function* produce(): Iterable<unknown> {
  const values = ring(shapeOf(given.shape))
  given.from = nowMicros()
  for (let n = 0; n < given.messages; n++) yield values[n & 1023]
}

const taking: Sink<unknown> = { take: () => undefined }

export const threaded: Pipeline = pipeline('threaded', { module: import.meta.url })
  .source('first', produce)
  .link(backpressure())
  .sink('last', taking, { on: 'thread' })
