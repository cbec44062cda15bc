/** Kitchens that are partly or mostly in Python, and a dryer that is started by hand. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@sluice/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connectedTo, processesWith, TemporaryDirectory, until } from '../support/left-behind.ts'
import { inPython, interpreter } from '../support/python.ts'
import { SluiceCommand } from '../support/sluice-command.ts'

const examples = fileURLToPath(new URL('../../packages/examples', import.meta.url))
const mixed = join(examples, 'mixed-kitchen/kitchen.ts')
const chapter = join(examples, 'python-kitchen/kitchen.ts')
const env = { PYTHON: interpreter }
const kinds = ['salad', 'bread', 'entree', 'dessert']

let directory: TemporaryDirectory

inPython()

beforeEach(() => {
  directory = new TemporaryDirectory()
})

afterEach(() => directory[Symbol.dispose]())

describe('the kitchen in two languages', () => {
  it('is dried in Python, and each dish is answered for', async () => {
    using command = new SluiceCommand(['run', mixed, '--json'], { env })
    expect(await command.ends()).toBe(0)
    const { ledger, links, stages } = JSON.parse(command.out) as RunReport
    expect(ledger).toMatchObject({ accepted: 20, delivered: 20 })
    expect(links['dryer:shelf']?.sender).toMatchObject({ accepted: 20, delivered: 20 })
    expect(stages['dryer']).toMatchObject({ in: 20, out: 20, replicas: 3, restarts: 0 })
    for (const replica of [0, 1, 2]) expect(command.err).toContain(`dryer/${replica} | dried`)
    for (const kind of kinds) expect(command.err).toContain(`put away ${kind}`)
    expect(processesWith('mixed-kitchen/dryer.py')).toEqual([])
  })

  it('is drawn with the command of its dryers', async () => {
    using command = new SluiceCommand(['show', mixed], { env: { PYTHON: 'python3' } })
    expect(await command.ends()).toBe(0)
    expect(command.out).toContain('══▶ stage dryer ×3: python3 dryer.py\n')
  })

  it('STG-1 has dryers that are started by hand, beside a washer and a shelf on other hosts', async () => {
    const endpoints = ['washer:dryer', 'dryer:shelf'].flatMap((link, at) => [
      '--endpoint',
      `${link}=ipc://${join(directory.path, String(at))}`,
    ])
    using show = new SluiceCommand(['show', mixed, '--stage', 'dryer', ...endpoints], { env })
    expect(await show.ends()).toBe(0)
    const lines = show.out.trimEnd().split('\n')
    expect(lines).toHaveLength(3)
    const dryers = lines.map((line) =>
      spawn('sh', ['-c', `exec env ${line}`], {
        cwd: join(examples, 'mixed-kitchen'),
        stdio: ['ignore', 'pipe', 'inherit'],
      }),
    )
    const printed = dryers.map(({ stdout }) => stdout.toArray())
    const ended = dryers.map((dryer) => once(dryer, 'exit'))
    using shelf = new SluiceCommand(['run', mixed, '--json', '--stage', 'shelf', ...endpoints], { env })
    // The shelf waits for three of them, and what twenty dishes take is over before a slow one is there.
    await until(() => connectedTo(join(directory.path, '1')) === 3)
    using washer = new SluiceCommand(['run', mixed, '--json', '--stage', 'washer', ...endpoints], { env })
    expect(await washer.ends()).toBe(0)
    // A dryer that was still on its way to the washer when that had ended waits for another: it is told to leave.
    for (const dryer of dryers) if (dryer.exitCode === null) dryer.kill('SIGTERM')
    expect(await shelf.ends()).toBe(0)
    for (const [code, signal] of await Promise.all(ended)) expect(code ?? signal).toBeOneOf([0, 'SIGTERM'])
    const texts = (await Promise.all(printed)).flat().join('')
    expect(texts.match(/^dried \w+ \d+$/gm)).toHaveLength(20)
    expect((JSON.parse(washer.out) as RunReport).ledger).toMatchObject({ accepted: 20, delivered: 20 })
    // On a machine that is slow a dish is not answered for in time, and comes again.
    expect((JSON.parse(shelf.out) as RunReport).stages['shelf']?.in).toBeGreaterThanOrEqual(20)
  })

  it('STG-1 has dryers that are started by sluice run --stage', async () => {
    const endpoints = ['washer:dryer', 'dryer:shelf'].flatMap((link, at) => [
      '--endpoint',
      `${link}=ipc://${join(directory.path, String(at))}`,
    ])
    const stages = ['washer', 'dryer', 'shelf'].map(
      (stage) => new SluiceCommand(['run', mixed, '--json', '--stage', stage, ...endpoints], { env }),
    )
    expect(await Promise.all(stages.map((stage) => stage.ends()))).toEqual([0, 0, 0])
    expect((JSON.parse(stages[1]?.out ?? '') as RunReport).stages['dryer']).toMatchObject({
      in: 20,
      out: 20,
      replicas: 3,
    })
  })

  it('says which stages have a program to be started by hand', async () => {
    using command = new SluiceCommand(['show', mixed, '--stage', 'washer'], { env })
    expect(await command.ends()).toBe(2)
    expect(command.err).toContain(
      'the work of washer is done by functions of this program; allowed: a stage with external()',
    )
  })
})

describe('the kitchen of the chapter', () => {
  it('is washed and dried in Python', async () => {
    using command = new SluiceCommand(['run', chapter, '--json'], { env })
    expect(await command.ends()).toBe(0)
    const { ledger, stages } = JSON.parse(command.out) as RunReport
    expect(ledger).toMatchObject({ accepted: 20, delivered: 20 })
    expect(stages['tally']).toMatchObject({ in: 20 })
    for (const kind of kinds) {
      expect(command.err).toContain(`washer/0 | washing ${kind}`)
      expect(command.err).toContain(`| dried ${kind}`)
      expect(command.err).toContain(`5 ${kind}`)
    }
  })

  it('uses nothing but Python’s library and the client', () => {
    const imports = execFileSync('grep', ['-hE', '^(import|from)', 'washer.py', 'dryer.py'], {
      cwd: join(examples, 'python-kitchen'),
      encoding: 'utf8',
    })
    expect([...new Set(imports.trim().split('\n'))].toSorted()).toEqual([
      'from sluice import stage',
      'import time',
    ])
  })
})
