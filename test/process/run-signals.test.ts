import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunLedger } from '@sluice/core'
import { isAlive, replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { Program } from '../support/program.ts'

let directory: TemporaryDirectory

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(() => {
  directory[Symbol.dispose]()
})

function ledgerIn(line: string): RunLedger {
  return (JSON.parse(line) as { detail: RunLedger }).detail
}

describe.each(['SIGINT', 'SIGTERM'] as const)('%s', (signal) => {
  it('drains a run at first: nothing is undelivered and nothing is left', async () => {
    using program = new Program('parent.ts', ['endless'])
    await program.says('"running"')
    const replicas = replicasOf(program.pid)
    program.child.kill(signal)
    const ledger = ledgerIn(await program.says('"resolved"'))
    expect(await program.ends()).toBe(0)
    expect(ledger.delivered).toBe(ledger.accepted)
    expect(replicas).toHaveLength(3)
    expect(replicas.filter(isAlive)).toEqual([])
    expect(directory.entries()).toEqual([])
  })

  it('stops it at once the second time, and the ledger says what was undelivered', async () => {
    using program = new Program('parent.ts', ['stubborn'])
    await program.says('"running"')
    const replicas = replicasOf(program.pid)
    program.child.kill(signal)
    await program.says(`heard ${signal}`)
    await program.says('"draining"')
    program.child.kill(signal)
    const { accepted, delivered, undelivered } = ledgerIn(await program.says('"closed"'))
    await program.says(`interrupted by ${signal}`)
    expect(await program.ends()).toBe(1)
    expect(accepted).toBe(delivered + undelivered)
    expect(undelivered).toBeGreaterThan(0)
    expect(replicas.filter(isAlive)).toEqual([])
    expect(directory.entries()).toEqual([])
  })
})

describe('a program that has run a pipeline', () => {
  it.each(['inline', 'thread', 'process'])(
    'ends by itself: nothing of the run holds it open (%s)',
    async (on) => {
      using program = new Program('parent.ts', ['numbers', on])
      expect(await program.ends()).toBe(0)
      expect(ledgerIn(program.out.at(-1) ?? '')).toMatchObject({ accepted: 100, delivered: 100 })
    },
  )
})

describe('a run that is killed', () => {
  it.each(['endless', 'spinning'])('leaves no process and no directory behind (%s)', async (name) => {
    using program = new Program('parent.ts', [name])
    await program.says('"running"')
    const replicas = replicasOf(program.pid)
    expect(replicas.length).toBeGreaterThan(2)
    program.child.kill('SIGKILL')
    await until(() => !replicas.some(isAlive))
    await until(() => directory.entries().length === 0)
  })
})

describe('a replica', () => {
  it('leaves it to its run to heed a signal', async () => {
    using program = new Program('parent.ts', ['endless'])
    await program.says('"running"')
    const replicas = replicasOf(program.pid)
    for (const pid of replicas) process.kill(pid, 'SIGINT')
    for (const pid of replicas) process.kill(pid, 'SIGTERM')
    program.child.kill('SIGTERM')
    const { accepted, delivered } = ledgerIn(await program.says('"resolved"'))
    expect(delivered).toBe(accepted)
    expect(await program.ends()).toBe(0)
  })
})
