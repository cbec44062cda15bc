/** Programs in Python when somebody interrupts or kills their run. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { RunLedger } from '@sluice/core'
import { isAlive, replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { Program } from '../support/program.ts'
import { inPython } from '../support/python.ts'

let directory: TemporaryDirectory

inPython()

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(() => {
  directory[Symbol.dispose]()
})

const dryersOf = (program: Program): number[] => replicasOf(program.pid, 'programs/dryer.py')

describe('a run with dryers in Python', () => {
  it('STG-5 is drained by SIGINT: nothing is undelivered, nobody is left', async () => {
    using program = new Program('parent.ts', ['endless-kitchen', 'inline'])
    await program.says('"running"')
    const dryers = dryersOf(program)
    expect(dryers).toHaveLength(2)
    // A terminal tells the whole session; what follows is for the run to say.
    for (const pid of dryers) process.kill(pid, 'SIGINT')
    program.child.kill('SIGINT')
    const { detail } = JSON.parse(await program.says('"resolved"')) as { detail: RunLedger }
    expect(await program.ends()).toBe(0)
    expect(detail.accepted).toBeGreaterThan(0)
    expect(detail).toMatchObject({ delivered: detail.accepted, undelivered: 0 })
    expect(dryers.filter(isAlive)).toEqual([])
    expect(directory.entries()).toEqual([])
  })

  it('STG-5 is stopped by a second signal, whatever its handlers wait for', async () => {
    using program = new Program('parent.ts', ['stuck-kitchen', 'inline'])
    await program.says('stuck')
    const dryers = dryersOf(program)
    program.child.kill('SIGINT')
    await program.says('"draining"')
    program.child.kill('SIGINT')
    const { detail } = JSON.parse(await program.says('"closed"')) as { detail: RunLedger }
    expect(detail.undelivered).toBeGreaterThan(0)
    expect(detail.accepted).toBe(detail.delivered + detail.undelivered)
    expect(await program.ends()).toBe(1)
    expect(dryers.filter(isAlive)).toEqual([])
    expect(directory.entries()).toEqual([])
  })

  it.each(['endless-kitchen', 'stuck-kitchen'])(
    'STG-5 is killed, and leaves nobody and nothing behind (%s)',
    async (name) => {
      using program = new Program('parent.ts', [name, 'inline'], { DRAIN_TIMEOUT_MS: '300' })
      await program.says(name === 'stuck-kitchen' ? 'stuck' : '"running"')
      const dryers = dryersOf(program)
      expect(dryers).toHaveLength(2)
      program.child.kill('SIGKILL')
      await until(() => !dryers.some(isAlive))
      await until(() => directory.entries().length === 0)
    },
  )
})
