/** A run whose replicas die again and again, and samples of what the run's own process holds: `restart.ts <where> <restarts>`. */
import { run } from '@sluice/core'
import { sample } from '../harness/sample.ts'
import { mortal } from './ending-pipelines.ts'

const [, , where = 'thread', restarts = '20'] = process.argv
const wanted = Number(restarts)
const enough = new AbortController()
let seen = 0

await run(mortal, {
  on: { work: where as 'thread' },
  drainSignal: enough.signal,
  drainTimeoutMs: 30_000,
  restarts: { max: 1_000_000, initialMs: 1, maxMs: 1 },
  progressIntervalMs: 20,
  log: () => undefined,
  onProgress: ({ stages }) => {
    const done = stages['work']?.restarts ?? 0
    if (done >= seen + Math.ceil(wanted / 20)) {
      seen = done
      process.send?.(sample())
    }
    if (done >= wanted) enough.abort()
  },
})
process.disconnect?.()
