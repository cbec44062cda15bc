/** Pipelines that are ended in the middle: by themselves, from outside, or by a thread that dies. */
import { setTimeout as sleep } from 'node:timers/promises'
import { pipeline } from '@sluice/core'
import type { Pipeline, StageContext } from '@sluice/core'
import { backpressure } from '@sluice/patterns'

const link = backpressure({ highWaterMark: 16 })
const module = import.meta.url

type Work = (n: number, context: StageContext) => number | Promise<number>

async function* forEver(): AsyncGenerator<number> {
  for (let n = 0; ; n++) {
    await sleep(5)
    yield n
  }
}

function* some(): Generator<number> {
  for (let n = 0; n < 50; n++) yield n
}

function ending(name: string, source: () => AsyncIterable<number> | Iterable<number>, work: Work): Pipeline {
  return pipeline(name, { module })
    .source('count', source)
    .link(link)
    .stage('work', work, { concurrency: 4 })
    .link(link)
    .sink('take', () => undefined)
}

const atOnce: Work = (n) => n
const never: Work = () => new Promise<number>(() => undefined)

/** Dies in its third message, once; `pending` messages wait then, or none. */
function dying(work: Work): Work {
  return (n, context) => {
    if (n === 3 && !context.redelivered) process.exit(7)
    return work(n, context)
  }
}

/** Ends by itself. */
export const finite: Pipeline = ending('finite', some, atOnce)
/** Goes on for ever, and whatever comes is finished at once. */
export const idle: Pipeline = ending('idle', forEver, atOnce)
/** Goes on for ever, and what comes is never finished. */
export const pending: Pipeline = ending('pending', forEver, never)
/** Its middle dies once, and does its work in its second life. */
export const dyingIdle: Pipeline = ending('dying-idle', forEver, dying(atOnce))
/** Its middle dies once, and never finishes what it gets in its second life. */
export const dyingPending: Pipeline = ending('dying-pending', forEver, dying(never))
/** Its replicas die at every tenth message, unless it comes again. */
export const mortal: Pipeline = pipeline('mortal', { module })
  .source('count', forEver)
  .link(link)
  .stage(
    'work',
    (n, { redelivered }) => {
      if (n % 10 === 9 && !redelivered) process.exit(7)
      return n
    },
    { replicas: 4 },
  )
  .link(link)
  .sink('take', () => undefined)
