import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { run } from '@sluice/core'
import type { LogLine, RunReport } from '@sluice/core'
import { replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { expectAllDelivered } from '../support/ledgers.ts'
import { collected, exiting, squares, steady, throwing } from './fixtures/reliable.ts'

let directory: TemporaryDirectory

beforeEach(() => {
  directory = new TemporaryDirectory()
  collected.length = 0
})

afterEach(() => {
  const files = directory.entries()
  directory[Symbol.dispose]()
  if (files.length > 0) throw new Error(`left behind: ${files.join(', ')}`)
})

function expectNothingLost(report: RunReport): void {
  const { stages } = report
  // What a sink in another process has collected is there; it has come all the same.
  if (collected.length > 0) expect([...new Set(collected)].toSorted((a, b) => a - b)).toEqual(squares)
  expect(stages['collect']?.in).toBeGreaterThanOrEqual(squares.length)
  expectAllDelivered(report, squares.length)
  expect(stages['square']?.restarts).toBeGreaterThan(0)
  expect(replicasOf()).toEqual([])
}

describe('a replica in the middle that is killed while messages flow', () => {
  it.each([1, 5])('loses nothing, %d times', async (kills) => {
    let left = kills
    const running = run(steady, {
      on: { square: 'process' },
      restarts: { initialMs: 1 },
      progressIntervalMs: 20,
      log: () => undefined,
      onProgress: ({ ledger }) => {
        const [victim] = replicasOf()
        const due = ((kills - left + 1) * squares.length) / (kills + 2)
        if (left === 0 || victim === undefined || ledger.delivered < due) return
        process.kill(victim, 'SIGKILL')
        left--
      },
    })
    expectNothingLost(await running)
    expect(left).toBe(0)
  })
})

describe.each([
  ['process', { square: 'process' }],
  ['thread', { square: 'thread' }],
  ['thread among processes', { count: 'inline', square: 'thread', collect: 'process' }],
] as const)('a %s', (_, on) => {
  it('that ends itself is started again and loses nothing', async () => {
    const log: LogLine[] = []
    expectNothingLost(await run(exiting, { on, log: (line) => log.push(line) }))
    expect(log.map(({ text }) => text)).toContain('exit code 5: started again in 100 ms (1 of 5)')
  })

  it('that throws where nobody catches is started again and loses nothing', async () => {
    const log: LogLine[] = []
    expectNothingLost(await run(throwing, { on, log: (line) => log.push(line) }))
    expect(log.some(({ text }) => text.includes('SyntaxError'))).toBe(true)
  })
})

describe('tcp endpoints with ports of the system’s choice', () => {
  const anyPort = 'tcp://127.0.0.1:*'
  const endpoints = { 'count:square': [anyPort, anyPort], 'square:collect': anyPort }

  it.each(['process', 'thread'] as const)('are kept when a %s is started again', async (on) => {
    expectNothingLost(await run(exiting, { on: { square: on }, endpoints, log: () => undefined }))
  })
})

describe('threads', () => {
  it.each([
    ['between inline stages', { square: 'thread' }],
    ['beside threads', 'thread'],
    ['between processes', { count: 'process', square: 'thread', collect: 'inline' }],
    ['before a process', { count: 'thread', square: 'process', collect: 'inline' }],
  ] as const)('stand %s', async (_, on) => {
    const { ledger, stages } = await run(steady, { on, log: () => undefined })
    expect(ledger).toMatchObject({ accepted: squares.length, delivered: squares.length })
    expect(stages['collect']).toMatchObject({ in: squares.length })
    await until(() => replicasOf().length === 0)
  })
})
