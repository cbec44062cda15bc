import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { isAlive, replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { SluiceCommand } from '../support/sluice-command.ts'

function fixture(name: string): string {
  return fileURLToPath(new URL(`fixtures/cli/${name}`, import.meta.url))
}

const letters = fixture('letters.ts')

async function outcome(...args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  using command = new SluiceCommand(args)
  const code = await command.ends()
  return { code, out: command.out, err: command.err }
}

describe('sluice run', () => {
  it('ends with 0 and one JSON line on standard output when all is delivered', async () => {
    const { code, out } = await outcome('run', letters, '--json')
    expect(out.trimEnd().split('\n')).toHaveLength(1)
    const { ledger, stages } = JSON.parse(out) as RunReport
    expect(ledger).toMatchObject({ accepted: 6, delivered: 6, failed: 0, deadLettered: 0 })
    expect(Object.keys(stages)).toEqual(['alphabet', 'upper', 'print'])
    expect(code).toBe(0)
  })

  it('shows the ledger as a sum, and the lines of the stages beside it', async () => {
    const { code, out, err } = await outcome('run', letters)
    expect(out).toContain('letters: 6 accepted = 6 delivered')
    expect(err).toContain('print/0 | F')
    expect(code).toBe(0)
  })

  it.each(['thread', 'process'])('runs every stage as a %s', async (place) => {
    const { code, out } = await outcome('run', letters, '--on', place, '--json')
    expect((JSON.parse(out) as RunReport).ledger).toMatchObject({ accepted: 6, delivered: 6 })
    expect(code).toBe(0)
  })

  it('ends with 1 and the reason when a message has failed', async () => {
    const { code, out, err } = await outcome('run', letters, '--json', '--', '--fail', 'c')
    expect((JSON.parse(out) as RunReport).ledger).toMatchObject({ accepted: 6, delivered: 5, failed: 1 })
    expect(err).toContain('c is no letter')
    expect(code).toBe(1)
  })

  it('lets what was accepted be finished at the first SIGINT', async () => {
    using command = new SluiceCommand(['run', letters, '--json', '--', '--endless'])
    await command.says('print/0 | F')
    command.child.kill('SIGINT')
    expect(await command.ends()).toBe(0)
    const { ledger } = JSON.parse(command.out) as RunReport
    expect(ledger.delivered).toBe(ledger.accepted)
    expect(command.err).toContain('SIGINT: finishing what was accepted; once more stops now')
  })

  it('stops at the second SIGINT, says what was undelivered and leaves no process', async () => {
    using command = new SluiceCommand(['run', letters, '--on', 'upper=process', '--', '--endless', '--stuck'])
    await command.says('stuck on a')
    const replicas = replicasOf(command.child.pid)
    expect(replicas).toHaveLength(1)
    // Signals that come close together count as one, so a person's next press is repeated until it is heard.
    while (!command.err.includes('stopping now')) {
      command.child.kill('SIGINT')
      await sleep(100)
    }
    expect(await command.ends()).toBe(1)
    expect(command.err).toMatch(/[1-9]\d* undelivered/)
    expect(replicas.filter(isAlive)).toEqual([])
  })

  it('drains at SIGTERM for as long as it was told', async () => {
    using command = new SluiceCommand(['run', letters, '--drain-timeout', '50', '--', '--endless', '--stuck'])
    await command.says('stuck on a')
    command.child.kill('SIGTERM')
    expect(await command.ends()).toBe(1)
    expect(command.out + command.err).toMatch(/[1-9]\d* undelivered/)
  })
})

describe('one stage on this host', () => {
  it('meets the others at the endpoints that were given, started in any order', async () => {
    using directory = new TemporaryDirectory()
    const endpoints = ['alphabet:upper', 'upper:print'].flatMap((link, at) => [
      '--endpoint',
      `${link}=ipc://${join(directory.path, String(at))}`,
    ])
    const stages = ['print', 'alphabet', 'upper'].map(
      (stage) => new SluiceCommand(['run', letters, '--json', '--stage', stage, ...endpoints]),
    )
    expect(await Promise.all(stages.map((stage) => stage.ends()))).toEqual([0, 0, 0])
    const reports = stages.map(({ out }) => JSON.parse(out) as RunReport)
    expect(reports.map((report) => Object.keys(report.stages))).toEqual([['print'], ['alphabet'], ['upper']])
    expect(reports[0]?.stages['print']?.in).toBe(6)
  })

  it('takes an endpoint from the environment', async () => {
    using directory = new TemporaryDirectory()
    const env = {
      SLUICE_ENDPOINT_ALPHABET_UPPER: `ipc://${join(directory.path, 'a')}`,
      SLUICE_ENDPOINT_UPPER_PRINT: `ipc://${join(directory.path, 'b')}`,
    }
    const stages = ['alphabet', 'upper', 'print'].map(
      (stage) => new SluiceCommand(['run', letters, '--stage', stage], { env }),
    )
    expect(await Promise.all(stages.map((stage) => stage.ends()))).toEqual([0, 0, 0])
  })
})

describe('wrong use ends with 2 and says what to do', () => {
  it.each([
    ['a file that does not exist', ['run', 'no/such/file.ts'], /there is no file .*no\/such\/file\.ts/],
    [
      'a module without a pipeline',
      ['run', fixture('nothing.ts')],
      /exports no pipeline; allowed: export default/,
    ],
    ['an unknown option', ['run', letters, '--jsonn'], /unknown option '--jsonn'[^]*Did you mean --json/],
    [
      'an unknown place',
      ['run', letters, '--on', 'mars'],
      /on was given 'mars'.*'inline', 'thread' or 'process'/,
    ],
    ['an unknown stage', ['run', letters, '--stage', 'uper'], /uper/],
    ['an endpoint of no link', ['run', letters, '--endpoint', 'a:b=tcp://127.0.0.1:1'], /a:b/],
    ['an endpoint that is none', ['run', letters, '--endpoint', 'alphabet:upper'], /alphabet:upper/],
    ['a timeout that is no number', ['run', letters, '--drain-timeout', 'soon'], /drainTimeoutMs/],
    ['no command', [], /Usage: sluice/],
  ])('%s', async (_, args, message) => {
    const { code, err } = await outcome(...args)
    expect(err).toMatch(message)
    expect(err).not.toMatch(/^ {4}at /m)
    expect(code).toBe(2)
  })

  it('a file that does not compile', async () => {
    using directory = new TemporaryDirectory()
    const file = join(directory.path, 'broken.ts')
    copyFileSync(fixture('broken.ts.txt'), file)
    const { code, err } = await outcome('run', file)
    expect(err).toContain(`${file} does not compile`)
    expect(code).toBe(2)
  })
})

describe('the network refuses', () => {
  it('a port that is in use ends with 1 and names it', async () => {
    using directory = new TemporaryDirectory()
    const shared = `ipc://${join(directory.path, 'taken')}`
    using first = new SluiceCommand([
      'run',
      letters,
      '--stage',
      'print',
      '--endpoint',
      `upper:print=${shared}`,
    ])
    // The first has bound when its file is there; the second finds it taken.
    await until(() => directory.entries().length > 0)
    const { code, err } = await outcome(
      'run',
      letters,
      '--stage',
      'print',
      '--endpoint',
      `upper:print=${shared}`,
    )
    expect(err).toContain(shared)
    expect(code).toBe(1)
    first.child.kill('SIGKILL')
    await first.ends()
  })

  it('an endpoint that no one answers is named, and what waits for it is counted', async () => {
    using directory = new TemporaryDirectory()
    const nowhere = `ipc://${join(directory.path, 'nowhere')}`
    const flags = ['--stage', 'alphabet', '--endpoint', `alphabet:upper=${nowhere}`, '--drain-timeout', '50']
    using command = new SluiceCommand(['run', letters, ...flags])
    await command.says(`nobody answers at ${nowhere}, where the link 'alphabet:upper' goes`)
    command.child.kill('SIGTERM')
    expect(await command.ends()).toBe(1)
    expect(command.out).toMatch(/1 accepted = 0 delivered \+ 1 undelivered/)
  })
})

describe('help', () => {
  it('teaches by example', async () => {
    const { code, out } = await outcome('run', '--help')
    expect(out).toContain('sluice run dishes.ts --on process')
    expect(out).toContain('Exit codes: 0 all delivered')
    expect(code).toBe(0)
  })

  it('draws a pipeline without running it', async () => {
    const { code, out } = await outcome('show', letters)
    expect(out).toContain('backpressure')
    expect(code).toBe(0)
  })
})
