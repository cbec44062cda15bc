/**
 * A program that runs a pipeline and comes to an end: `end.ts <pipeline> <where> <how> <drain timeout>`. It says when it is
 * under way, when its end begins, and what its run says of it.
 */
import { isPipeline, onInterrupt, run } from '@sluice/core'
import * as pipelines from './ending-pipelines.ts'

const [, , name, where, how, drainTimeoutMs] = process.argv
const found = Object.values(pipelines)
  .filter(isPipeline)
  .find((one) => one.name === name)
if (found === undefined) throw new Error(`there is no pipeline ${name}`)

function say(word: string, detail: unknown = {}): void {
  process.stdout.write(`${word} ${JSON.stringify(detail)}\n`)
}

/** What ends the program from within, once messages flow. */
const ways: Readonly<Record<string, () => void>> = {
  exit: () => process.exit(3),
  throw: () => {
    throw new Error('thrown where nobody catches')
  },
  rejection: () => void Promise.reject(new Error('rejected where nobody listens')),
}

const interrupts = onInterrupt(undefined, { sameMs: 0 })
let last: unknown
let under = false
try {
  const report = await run(found, {
    on: where as 'process',
    drainTimeoutMs: Number(drainTimeoutMs),
    signal: interrupts.signal,
    drainSignal: interrupts.drainSignal,
    restarts: { initialMs: 10 },
    progressIntervalMs: 20,
    log: () => undefined,
    onProgress: ({ state, ledger }) => {
      last = ledger
      if (under || state !== 'running' || ledger.accepted < 8) return
      under = true
      say('running')
      const way = ways[how ?? '']
      if (way !== undefined) setImmediate(way)
    },
  })
  say('ledger', report.ledger)
  process.exitCode = report.ledger.undelivered === 0 ? 0 : 1
} catch {
  say('ledger', last)
  process.exitCode = 1
} finally {
  interrupts[Symbol.dispose]()
}
