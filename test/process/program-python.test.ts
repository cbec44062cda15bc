/** Programs in Python among the stages of a run: nothing is lost, and the ledgers are right. */
import { execFileSync } from 'node:child_process'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { CurveKeys, pipeline, RemoteError, run, runStage } from '@sluice/core'
import type { LogLine, RunProgress, RunReport } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { processesWith, replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { expectAllDelivered } from '../support/ledgers.ts'
import { inPython } from '../support/python.ts'
import { newKeys } from '../support/secured.ts'
import { kitchen, python } from './fixtures/kitchen.ts'
import type { Dish } from './fixtures/kitchen.ts'

let directory: TemporaryDirectory

inPython()

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(() => {
  const files = directory.entries()
  directory[Symbol.dispose]()
  if (files.length > 0) throw new Error(`left behind: ${files.join(', ')}`)
})

const quiet = { log: () => undefined }

function allDelivered(report: RunReport, all: number): void {
  expectAllDelivered(report, all)
  expect(replicasOf(process.pid, 'programs/dryer.py')).toEqual([])
}

describe('dryers in Python between a washer and a shelf', () => {
  it('STG-7 take and give each dish once, and the ledgers of every link and stage add up', async () => {
    const dishes: Dish[] = []
    const whole = kitchen({ dishes: 1_000, replicas: 3, putAway: (dish) => dishes.push(dish) })
    const report = await run(whole, quiet)
    allDelivered(report, 1_000)
    expect(dishes.map(({ number }) => number).toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 1_000 }, (_, number) => number),
    )
    expect(dishes.every(({ wet }) => !wet)).toBe(true)
    expect(dishes.every(({ by }) => by === 0 || by === 1 || by === 2)).toBe(true)
    expect(report.stages['dryer']).toMatchObject({
      in: 1_000,
      out: 1_000,
      running: 0,
      failed: 0,
      replicas: 3,
    })
    expect(report.links['dryer:shelf']?.sender).toMatchObject({ accepted: 1_000, delivered: 1_000 })
    expect(report.links['washer:dryer']?.receiver).toMatchObject({
      received: 1_000,
      delivered: 1_000,
      held: 0,
    })
  })

  it('SEC-16 hold the keys of the run on its tcp links, and nobody sees the secret in a list of processes', async () => {
    const at = 'tcp://127.0.0.1:*'
    const security = newKeys()
    let listed = ''
    const putAway = (): void => {
      listed ||= execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' })
    }
    const report = await run(kitchen({ dishes: 100, replicas: 2, putAway }), {
      ...quiet,
      endpoints: { 'washer:dryer': [at, at], 'dryer:shelf': at },
      security,
    })
    allDelivered(report, 100)
    expect(listed).toContain('dryer.py')
    expect(listed).not.toContain(security.secretKey)
  })

  it('STG-7 ack a dish only when what they made of it has been put away', async () => {
    const gate = Promise.withResolvers<void>()
    const seen: RunProgress[] = []
    const putAway = (): Promise<void> => gate.promise
    const report = await run(kitchen({ dishes: 5, dryer: 'twice', putAway }), {
      ...quiet,
      progressIntervalMs: 20,
      onProgress(progress) {
        seen.push(progress)
        if ((progress.stages['dryer']?.out ?? 0) > 0) gate.resolve()
      },
    })
    const held = seen.findLast(({ stages }) => stages['dryer']?.in === 0 || stages['shelf']?.running === 1)
    expect(held?.ledger.delivered).toBe(0)
    allDelivered(report, 5)
    expect(report.stages['shelf']).toMatchObject({ in: 10 })
    expect(report.links['dryer:shelf']?.sender).toMatchObject({ accepted: 10, delivered: 10 })
  })

  it('STG-6 count what their handler refuses as failed, and go on', async () => {
    const log: LogLine[] = []
    const report = await run(kitchen({ dryer: 'picky' }), { log: (line) => log.push(line) })
    expect(report.ledger).toMatchObject({ accepted: 100, delivered: 90, failed: 10 })
    expect(report.stages['dryer']).toMatchObject({ in: 100, out: 90, failed: 10, filtered: 0 })
    expect(log).toContainEqual({
      level: 'warn',
      stage: 'dryer',
      replica: 0,
      text: 'ValueError: a chipped one',
    })
  })

  it.each([
    ['request-reply', requestReply({ timeoutMs: 20_000 })],
    ['fire-and-forget', fireAndForget({ highWaterMark: 1_000 })],
  ])('STG-1 stand on links of %s', async (_, link) => {
    const dishes: Dish[] = []
    const whole = kitchen({ dishes: 200, replicas: 2, link, putAway: (dish) => dishes.push(dish) })
    const report = await run(whole, quiet)
    expect(report.ledger).toMatchObject({ accepted: 200, delivered: 200 })
    expect(dishes).toHaveLength(200)
    expect(report.links['dryer:shelf']?.sender).toMatchObject({ accepted: 200, delivered: 200 })
  })

  it('STG-7 give to every branch behind them, and ack when all branches have', async () => {
    const taken: Record<string, number[]> = { shelf: [], tally: [] }
    const link = backpressure({ highWaterMark: 8 })
    const whole = pipeline('kitchen')
      .source('washer', () => Array.from({ length: 50 }, (_, number) => ({ number, wet: true })))
      .link(link)
      .stage('dryer', python<Dish, Dish>('dryer.py'), { concurrency: 4 })
      .branch({
        kept: (b) => b.link(link).sink('shelf', ({ number }) => void taken['shelf']?.push(number)),
        told: (b) => b.link(link).sink('tally', ({ number }) => void taken['tally']?.push(number)),
      })
    const report = await run(whole, quiet)
    allDelivered(report, 50)
    expect(report.stages['dryer']).toMatchObject({ in: 50, out: 50 })
    for (const numbers of Object.values(taken)) expect(new Set(numbers).size).toBe(50)
  })

  it.each([1, 4])('STG-9 are killed %d times in the middle, and nothing is lost', async (kills) => {
    const taken = new Set<number>()
    const all = 900
    let left = kills
    const whole = kitchen({
      dishes: all,
      dryer: 'slow',
      replicas: 2,
      putAway: ({ number }) => taken.add(number),
    })
    const report = await run(whole, {
      ...quiet,
      restarts: { initialMs: 1 },
      progressIntervalMs: 20,
      onProgress({ ledger }) {
        const [victim] = replicasOf(process.pid, 'programs/dryer.py')
        const due = ((kills - left + 1) * all) / (kills + 2)
        if (left === 0 || victim === undefined || ledger.delivered < due) return
        process.kill(victim, 'SIGKILL')
        left--
      },
    })
    expect(left).toBe(0)
    expect(taken.size).toBe(all)
    allDelivered(report, all)
    expect(report.stages['dryer']?.restarts).toBe(kills)
  })

  it('STG-1 bind ports of the system’s choice behind keys, and keep them when they are started again', async () => {
    const keys = CurveKeys.generate()
    const any = 'tcp://127.0.0.1:*'
    let left = 1
    const report = await run(kitchen({ dishes: 400, dryer: 'slow', replicas: 2 }), {
      ...quiet,
      endpoints: { 'washer:dryer': [any, any], 'dryer:shelf': any },
      security: { publicKey: keys.publicKey, secretKey: keys.reveal() },
      restarts: { initialMs: 1 },
      progressIntervalMs: 20,
      onProgress({ ledger }) {
        const [victim] = replicasOf(process.pid, 'programs/dryer.py')
        if (left === 0 || victim === undefined || ledger.delivered < 100) return
        process.kill(victim, 'SIGKILL')
        left--
      },
    })
    allDelivered(report, 400)
    // Another process of this machine may have the port for a moment: then it is started once more.
    expect(report.stages['dryer']?.restarts).toBeGreaterThanOrEqual(1)
  })
})

describe('a washer in Python', () => {
  const washing = (env: Readonly<Record<string, string>>) =>
    pipeline('kitchen')
      .source('washer', python<void, Dish>('washer.py', env))
      .link(backpressure({ highWaterMark: 16 }))
      .stage('dryer', (dish) => ({ ...dish, wet: false }))
      .link(backpressure())
      .sink('shelf', python<Dish, never>('shelf.py'))

  it('STG-4 washes, and a shelf in Python puts away, line by line under its name', async () => {
    const log: LogLine[] = []
    const report = await run(washing({ WASHER: '50' }), { log: (line) => log.push(line) })
    allDelivered(report, 50)
    expect(report.stages['washer']).toMatchObject({ in: 50, out: 50 })
    expect(log.map(({ text }) => text)).toEqual(Array.from({ length: 50 }, (_, at) => `put away ${at}`))
    expect(new Set(log.map(({ stage, level }) => `${stage} ${level}`))).toEqual(new Set(['shelf info']))
  })

  it('STG-5 is drained: what it gave is seen through', async () => {
    const drain = new AbortController()
    const report = await run(washing({ WASHER: 'endless' }), {
      drainSignal: drain.signal,
      log: ({ text }) => text === 'put away 20' && drain.abort(),
    })
    expect(report.ledger.accepted).toBeGreaterThan(20)
    allDelivered(report, report.ledger.accepted)
  })

  it('STG-9 that breaks down fails the run by its words, and its last lines say where', async () => {
    const log: LogLine[] = []
    const running = run(washing({ BREAKS: '30' }), { log: (line) => log.push(line) })
    const error: unknown = await running.catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(RemoteError)
    expect(error).toMatchObject({
      remoteCode: 'RuntimeError',
      message: 'washer/0 failed: RuntimeError: no more water',
    })
    expect(log.some(({ text }) => text.includes('raise RuntimeError("no more water")'))).toBe(true)
  })

  it('STG-9 that is killed fails the run, as it cannot be resumed', async () => {
    const running = run(washing({ WASHER: 'endless' }), {
      log: ({ text }) => {
        if (text === 'put away 20')
          process.kill(replicasOf(process.pid, 'programs/washer.py')[0] ?? 0, 'SIGKILL')
      },
    })
    await expect(running).rejects.toThrow(/^washer\/0 died \(SIGKILL\), and a source cannot be resumed/)
  })
})

describe('one stage of a pipeline on this host', () => {
  it('STG-5 is a program, which leaves when it is drained while its senders go on', async () => {
    const endpoints = {
      'washer:dryer': `ipc://${directory.path}/a`,
      'dryer:shelf': `ipc://${directory.path}/b`,
    }
    const whole = kitchen({ dishes: 4_000, dryer: 'slow' })
    const [drain, stop] = [new AbortController(), new AbortController()]
    const washing = runStage(whole, 'washer', { ...quiet, endpoints, signal: stop.signal })
    const shelf = runStage(whole, 'shelf', { ...quiet, endpoints })
    const { stages, links } = await runStage(whole, 'dryer', {
      ...quiet,
      endpoints,
      drainSignal: drain.signal,
      progressIntervalMs: 20,
      onProgress: (progress) => (progress.stages['dryer']?.out ?? 0) > 50 && drain.abort(),
    })
    const { in: taken = 0, out = 0, running } = stages['dryer'] ?? {}
    expect(taken).toBeLessThan(4_000)
    expect(running).toBe(0)
    expect(out).toBe(taken)
    expect(links['dryer:shelf']?.sender).toMatchObject({ accepted: taken, delivered: taken })
    expect((await shelf).stages['shelf']?.in).toBe(taken)
    await until(() => processesWith('programs/dryer.py').length === 0)
    stop.abort(new Error('enough'))
    await expect(washing).rejects.toThrow('enough')
  })
})
