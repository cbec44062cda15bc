import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { runStage } from '@sluice/core'
import { isAlive, replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { Program } from '../support/program.ts'
import { squares, steady } from './fixtures/reliable.ts'

let directory: TemporaryDirectory

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(() => {
  directory[Symbol.dispose]()
})

/** What each stage of `steady` is told of its links: one endpoint for each replica of the receiver. */
function linksOf(stage: string): string[] {
  const endpoint = (name: string): string => `ipc://${directory.path}/${name}`
  const squaring = `count:square=${endpoint('s0')},${endpoint('s1')}`
  const collecting = `square:collect=${endpoint('c0')}`
  return { count: [squaring], square: [squaring, collecting], collect: [collecting] }[stage] ?? []
}

function host(stage: string, env: NodeJS.ProcessEnv = {}): Program {
  return new Program('host.ts', ['steady', stage, ...(env['BY'] === undefined ? linksOf(stage) : [])], env)
}

async function saidAtTheEnd(program: Program): Promise<unknown> {
  const code = await program.ends()
  if (code !== 0) throw new Error(`it ended with ${code}: ${program.err.join('\n')}`)
  return JSON.parse(program.out.at(-1) ?? '')
}

describe('the stages of a pipeline, each on its own host', () => {
  it.each([['count square collect'], ['collect square count'], ['square collect count']])(
    'are started in any order: %s',
    async (order) => {
      const programs = new Map<string, Program>()
      for (const stage of order.split(' ')) programs.set(stage, host(stage))
      try {
        const ends = await Promise.all([...programs.values()].map(saidAtTheEnd))
        expect(ends).toHaveLength(3)
        const said = Object.fromEntries([...programs.keys()].map((stage, at) => [stage, ends[at]]))
        expect(said['collect']).toMatchObject({ in: squares.length })
        expect(said['count']).toMatchObject({
          ledger: { accepted: squares.length, delivered: squares.length },
        })
      } finally {
        for (const program of programs.values()) program[Symbol.dispose]()
      }
    },
  )

  it('find each other by the environment', async () => {
    const env = {
      BY: 'environment',
      SLUICE_ENDPOINT_COUNT_SQUARE: linksOf('count')[0]?.split('=')[1],
      SLUICE_ENDPOINT_SQUARE_COLLECT: linksOf('collect')[0]?.split('=')[1],
    }
    using count = host('count', env)
    using square = host('square', env)
    using collect = host('collect', env)
    const [collected] = await Promise.all([collect, count, square].map(saidAtTheEnd))
    expect(collected).toMatchObject({ in: squares.length })
  })

  it('lose nothing when a whole host is killed and another takes its place', async () => {
    using count = host('count')
    using collect = host('collect')
    using first = host('square')
    await collect.says('flowing')
    const replicas = replicasOf(first.pid)
    first.child.kill('SIGKILL')
    await until(() => !replicas.some(isAlive))
    using second = host('square')
    const [counted] = await Promise.all([count, second, collect].map(saidAtTheEnd))
    expect(counted).toMatchObject({
      ledger: { accepted: squares.length, delivered: squares.length, undelivered: 0 },
    })
  })

  it('leave a run that goes on: what a host has begun is seen through, and nothing is undelivered', async () => {
    using count = host('count')
    using collect = host('collect')
    using first = host('square')
    await collect.says('flowing')
    first.child.kill('SIGINT')
    expect(await saidAtTheEnd(first)).toMatchObject({ ledger: { undelivered: 0 } })
    using second = host('square')
    const [counted] = await Promise.all([count, second, collect].map(saidAtTheEnd))
    expect(counted).toMatchObject({
      ledger: { accepted: squares.length, delivered: squares.length, undelivered: 0 },
    })
  })

  it('are refused without an endpoint for each of their links', async () => {
    await expect(runStage(steady, 'square', { environment: {} })).rejects.toThrow(
      'the link count:square leads to another host and has no endpoint',
    )
  })
})
