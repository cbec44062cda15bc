import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { OptionError, pipeline, ReplicaError, run } from '@sluice/core'
import type { LogLine, RunLedger, RunProgress } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { Program } from '../support/program.ts'
import factory, * as greetings from './fixtures/factory.ts'
import { build } from './fixtures/hidden.ts'
import { spinning, stubborn } from './fixtures/reliable.ts'
import { collected, endless, falling, numbers, stopping } from './fixtures/numbers.ts'

let directory: TemporaryDirectory

beforeEach(() => {
  directory = new TemporaryDirectory()
  collected.length = 0
})

afterEach(() => {
  const left = [...replicasOf().map((pid) => `process ${pid}`), ...directory.entries()]
  directory[Symbol.dispose]()
  if (left.length > 0) throw new Error(`left behind: ${left.join(', ')}`)
})

function adds({ accepted, inFlight, ...ends }: RunLedger): boolean {
  return inFlight === 0 && accepted === Object.values(ends).reduce((sum, count) => sum + count, 0)
}

/** Waits for what a run does, or for its failure. */
async function meanwhile(running: Promise<unknown>, holds: () => boolean): Promise<void> {
  await Promise.race([running.then(() => undefined), until(holds)])
}

const quiet = { log: () => undefined }

describe('a run with processes', () => {
  it.each(['inline', 'process'] as const)('gives the same result %s', async (on) => {
    const { ledger, stages } = await run(numbers, { on: { square: on }, ...quiet })
    expect(collected.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, at) => (at + 1) ** 2))
    expect(ledger).toMatchObject({ accepted: 100, delivered: 100 })
    expect(stages['square']).toMatchObject({ in: 100, out: 100, replicas: 2, restarts: 0 })
  })

  it('runs every stage as a process', async () => {
    const { stages, ledger } = await run(numbers, { on: 'process', ...quiet })
    expect(stages['collect']).toMatchObject({ in: 100 })
    expect(adds(ledger)).toBe(true)
  })

  it('hands the arguments to the module in every process', async () => {
    const args = ['hi', 'Ann', 'Ben']
    await run(factory({ args }), { args, ...quiet })
    expect(greetings.collected.toSorted()).toEqual(['hi, Ann', 'hi, Ben'])
  })

  it('forwards what a process writes, line by line, with its stage and replica', async () => {
    const lines: LogLine[] = []
    const failing = run(falling, {
      on: { fall: 'process' },
      restarts: { max: 0 },
      log: (line) => lines.push(line),
    })
    await expect(failing).rejects.toBeInstanceOf(ReplicaError)
    expect(lines).toContainEqual({ level: 'info', stage: 'fall', replica: 0, text: 'it slips on 1' })
  })
})

describe('a process that dies', () => {
  it('is started again, up to the bound, and then fails the run with its last output', async () => {
    const lines: string[] = []
    const error: unknown = await run(falling, {
      on: { fall: 'process' },
      restarts: { max: 2, initialMs: 1 },
      log: ({ text }) => lines.push(text),
    }).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ReplicaError)
    expect(error).toMatchObject({ replica: 'fall/0', how: 'exit code 7' })
    expect((error as Error).message).toMatch(
      /^fall\/0 died \(exit code 7\), 3 times within 60 s; it is not started again\. Its last output:\n {2}it slips on \d+/,
    )
    expect(lines.filter((line) => line.startsWith('exit code 7: started again'))).toEqual([
      'exit code 7: started again in 1 ms (1 of 2)',
      'exit code 7: started again in 2 ms (2 of 2)',
    ])
  })

  it('is not started again where it is the source', async () => {
    const running = run(endless, { on: { count: 'process' }, ...quiet })
    running.catch(() => undefined)
    await meanwhile(running, () => collected.length > 0)
    for (const pid of replicasOf()) process.kill(pid, 'SIGKILL')
    await expect(running).rejects.toThrow(
      'count/0 died (SIGKILL), and a source cannot be resumed where it was, so it is not started again',
    )
  })

  it('goes on where it was killed, and every message is accounted for', async () => {
    const stop = new AbortController()
    const running = run(endless, { on: { square: 'process' }, drainSignal: stop.signal, ...quiet })
    await meanwhile(running, () => collected.length > 10)
    const [victim = 0] = replicasOf()
    process.kill(victim, 'SIGKILL')
    const before = collected.length
    await meanwhile(running, () => collected.length > before + 10)
    stop.abort()
    const { ledger, stages } = await running
    expect(stages['square']).toMatchObject({ restarts: 1 })
    expect(adds(ledger)).toBe(true)
    expect(ledger.undelivered).toBe(0)
  })
})

describe('a run that is ended', () => {
  it('drains when told to, and says that nothing was undelivered', async () => {
    const stop = new AbortController()
    const running = run(endless, { on: { square: 'process' }, drainSignal: stop.signal, ...quiet })
    await meanwhile(running, () => collected.length > 10)
    stop.abort()
    const { ledger } = await running
    expect(ledger).toMatchObject({ delivered: collected.length, accepted: collected.length })
  })

  it('is drained before it has begun', async () => {
    const { ledger } = await run(endless, { on: 'process', drainSignal: AbortSignal.abort(), ...quiet })
    expect(ledger.accepted).toBe(0)
  })

  it('is drained while it is being opened, and its sink sees the end all the same', async () => {
    const stop = new AbortController()
    let ended = 0
    const whole = pipeline('opening')
      .source('count', function* () {
        for (let n = 0; ; n++) yield n
      })
      .link(backpressure())
      .sink('take', { take: () => undefined, end: () => void ended++ })
    const running = run(whole, { drainSignal: stop.signal, ...quiet })
    stop.abort()
    const { ledger } = await running
    expect(ledger.delivered).toBe(ledger.accepted)
    expect(ended).toBe(1)
  })

  it('stops at once by its signal: rejects with the reason, and the last progress has the ledger', async () => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const progress: RunProgress[] = []
    const running = run(endless, {
      on: { square: 'process' },
      signal: stop.signal,
      onProgress: (now) => progress.push(now),
      ...quiet,
    })
    running.catch(() => undefined)
    await meanwhile(running, () => collected.length > 10)
    stop.abort(reason)
    await expect(running).rejects.toBe(reason)
    expect(progress.at(-1)).toMatchObject({ state: 'closed' })
    expect(adds(progress.at(-1)?.ledger as RunLedger)).toBe(true)
  })

  it.each(['process', 'thread'] as const)(
    'closes what a %s never finishes, and counts it as undelivered',
    async (on) => {
      const stop = new AbortController()
      const { ledger } = await run(stubborn, {
        on: { square: on },
        drainSignal: stop.signal,
        drainTimeoutMs: 50,
        progressIntervalMs: 20,
        onProgress: ({ ledger: { inFlight } }) => {
          if (inFlight > 0) stop.abort()
        },
        ...quiet,
      })
      expect(ledger.delivered).toBe(0)
      expect(ledger.undelivered).toBeGreaterThan(0)
      expect(adds(ledger)).toBe(true)
    },
  )

  it.each(['process', 'thread'] as const)('ends a %s that computes for ever', async (on) => {
    const stop = new AbortController()
    const reason = new Error('enough')
    const running = run(spinning, {
      on: { square: on },
      signal: stop.signal,
      progressIntervalMs: 20,
      onProgress: ({ ledger: { inFlight } }) => {
        if (inFlight > 0) stop.abort(reason)
      },
      ...quiet,
    })
    await expect(running).rejects.toBe(reason)
  })

  it('fails by a handler that asks for it, with what it threw', async () => {
    const running = run(stopping, { on: { check: 'process' }, ...quiet })
    await expect(running).rejects.toThrow('five is right out')
  })

  it('fails by a callback that throws', async () => {
    const broken = (): never => {
      throw new TypeError('no pen')
    }
    await expect(run(endless, { onProgress: broken, progressIntervalMs: 10 })).rejects.toThrow('no pen')
  })
})

describe('a module that a process cannot use', () => {
  it('is named where it does not export the pipeline', async () => {
    const error: unknown = await run(build(), quiet).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(OptionError)
    expect((error as Error).message).toMatch(/hidden\.ts exports no pipeline named 'hidden'/)
  })

  it.each(['awaiting', 'floating'])('is told to guard its call of run (%s)', async (how) => {
    using program = new Program('eager.ts', [], { EAGER: how })
    await program.says(
      'StateError: run() was called where the module is loaded to run the stage collect/0; guard the call by if (import.meta.main)',
    )
    expect(await program.ends()).toBe(1)
  })
})

it('refuses options that cannot work before anything is opened', async () => {
  await expect(run(numbers, { on: 'elsewhere' as 'inline' })).rejects.toThrow(OptionError)
  await expect(run(numbers, { drainTimeoutMs: -1 })).rejects.toThrow('drainTimeoutMs')
})
