/** Keys of whole runs: by file, flag and environment, into processes and threads, and never where others can read them. */
import { execFileSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AllowList, OptionError, run, runStage } from '@sluice/core'
import type { LinkError, RunReport } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import { replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import { transports } from '../support/port-transports.ts'
import { newKeys } from '../support/secured.ts'
import { SluiceCommand } from '../support/sluice-command.ts'
import { squares, steady } from './fixtures/reliable.ts'

const letters = fileURLToPath(new URL('fixtures/cli/letters.ts', import.meta.url))
const tcp = transports.find(({ name }) => name === 'tcp')

async function freeEndpoint(): Promise<string> {
  return (await tcp?.fresh()) ?? ''
}

async function keygen(directory: string, name: string): Promise<{ key: string; file: string }> {
  using command = new SluiceCommand(['keygen', directory, '--name', name])
  expect(await command.ends()).toBe(0)
  return { key: command.out.trim(), file: join(directory, `${name}.key_secret`) }
}

function secretIn(file: string): string {
  return /secret-key = "(.*)"/.exec(readFileSync(file, 'utf8'))?.[1] ?? 'no secret'
}

describe('sluice keygen', () => {
  it('writes two files for their owner alone, prints the public key, and overwrites nothing', async () => {
    using directory = new TemporaryDirectory()
    const { key, file } = await keygen(directory.path, 'washer')
    expect(key).toHaveLength(40)
    expect(readdirSync(directory.path).toSorted()).toEqual(['washer.key', 'washer.key_secret'])
    for (const name of readdirSync(directory.path))
      expect(statSync(join(directory.path, name)).mode & 0o777).toBe(0o600)
    const before = readFileSync(file, 'utf8')
    using again = new SluiceCommand(['keygen', directory.path, '--name', 'washer'])
    expect(await again.ends()).toBe(2)
    expect(again.err).toContain('exists already')
    expect(again.out).toBe('')
    expect(readFileSync(file, 'utf8')).toBe(before)
  })
})

describe('the stages of a pipeline, each on its own host with its own key', () => {
  it('run over CURVE, by flags and by environment, and show no secret to whoever lists processes', async () => {
    using directory = new TemporaryDirectory()
    const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => keygen(directory.path, name)))
    const [first, second] = [await freeEndpoint(), await freeEndpoint()]
    const links = ['--endpoint', `alphabet:upper=${first}`, '--endpoint', `upper:print=${second}`]
    const stage = (name: string, args: string[], env: NodeJS.ProcessEnv = {}): SluiceCommand =>
      new SluiceCommand(['run', letters, '--stage', name, '--json', ...links, ...args], { env })
    using print = stage('print', [], {
      SLUICE_CURVE_KEY_FILE: c?.file,
      SLUICE_CURVE_ALLOW: b?.key,
    })
    using upper = stage('upper', [
      '--on=process',
      `--key-file=${b?.file}`,
      `--allow-directory=${directory.path}`,
      `--server-key=${c?.key}`,
    ])
    await until(() => upper.child.exitCode !== null || replicasOf(upper.child.pid).length > 0)
    const listed = execFileSync('ps', ['-A', '-ww', '-o', 'args='], { encoding: 'utf8' })
    expect(listed).toContain('process-entry')
    for (const keys of [a, b, c]) expect(listed).not.toContain(secretIn(keys?.file ?? ''))
    using alphabet = stage('alphabet', [], {
      SLUICE_CURVE_KEY_FILE: a?.file,
      SLUICE_CURVE_SERVER_KEY_FILE: join(directory.path, 'b.key'),
    })
    for (const command of [alphabet, upper, print]) expect(await command.ends()).toBe(0)
    expect((JSON.parse(alphabet.out) as RunReport).ledger).toMatchObject({ accepted: 6, delivered: 6 })
    expect(print.err).toContain('print/0 | F')
  })

  it('are told which key is missing where', async () => {
    using directory = new TemporaryDirectory()
    const [a, b] = await Promise.all(['a', 'b'].map((name) => keygen(directory.path, name)))
    const links = ['--endpoint', `alphabet:upper=${await freeEndpoint()}`]
    const end = ['--endpoint', `upper:print=${await freeEndpoint()}`]
    const upper = ['run', letters, '--stage', 'upper', ...links, ...end, '--key-file', b?.file ?? '']
    using refusing = new SluiceCommand(upper)
    const alphabet = ['run', letters, '--stage', 'alphabet', ...links, '--key-file', a?.file ?? '']
    using refused = new SluiceCommand([...alphabet, '--server-key', b?.key ?? ''])
    await refused.says('add it to security.allow of that side')
    await refusing.says(`refused the key ${a?.key}`)
  })
})

describe('a run with keys', () => {
  it.each(['inline', 'thread', 'process'] as const)(
    'needs one key pair and nothing else where all its stages are its own: %s',
    async (on) => {
      const at = 'tcp://127.0.0.1:*'
      const report = await run(steady, {
        on,
        endpoints: { 'count:square': [at, at], 'square:collect': at },
        security: newKeys(),
      })
      expect(report.ledger).toMatchObject({ accepted: squares.length, delivered: squares.length })
    },
  )

  it('hears from a process whom it refused, and changes its list there while it runs', async () => {
    const [keys, stranger] = [newKeys(), newKeys()]
    const allow = new AllowList()
    const refused: LinkError[] = []
    const consumer = new Consumer<number>({ bind: 'tcp://127.0.0.1:*', security: keys })
    const inbound = [await freeEndpoint(), await freeEndpoint()]
    const ending = new AbortController()
    const running = runStage(steady, 'square', {
      on: { square: 'process' },
      endpoints: { 'count:square': inbound, 'square:collect': [...(await consumer.endpoints())] },
      security: { ...keys, allow },
      onRefused: (error) => void refused.push(error),
      signal: ending.signal,
    })
    const security = { ...stranger, serverKey: keys.publicKey }
    const producer = new Producer<number>({ connect: inbound, security, onRefused: () => undefined })
    await until(() => refused.length > 0)
    expect(refused[0]).toMatchObject({ reason: 'key' })
    expect(refused[0]?.message).toContain(stranger.publicKey)
    allow.add(stranger.publicKey)
    await producer.send(12)
    for await (const square of consumer) {
      expect(square).toBe(144)
      break
    }
    allow.delete(stranger.publicKey)
    await until(() => producer.stats().peers === 0)
    ending.abort(new Error('enough'))
    await expect(running).rejects.toThrow('enough')
    await producer.close()
    await consumer.close()
  })

  it('is refused before anything starts where it would bind for everybody without keys', async () => {
    const endpoints = { 'count:square': ['tcp://0.0.0.0:*', 'tcp://0.0.0.0:*'] }
    await expect(run(steady, { on: 'process', endpoints, environment: {} })).rejects.toThrow(OptionError)
    using refused = new SluiceCommand(['run', letters, '--endpoint', 'alphabet:upper=tcp://0.0.0.0:*'])
    expect(await refused.ends()).toBe(2)
    expect(refused.err).toMatch(/sluice keygen.*--key-file.*--insecure/)
    const open = ['run', letters, '--json', '--insecure', '--endpoint', 'alphabet:upper=tcp://0.0.0.0:*']
    using allowed = new SluiceCommand(open)
    expect(await allowed.ends()).toBe(0)
  })
})
