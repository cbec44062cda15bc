/** Requests in an outbox across processes: SIGKILL of the requester, a second process, and a machine without `lmdb`. */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { Producer } from '@sluice/patterns/backpressure'
import { Replier } from '@sluice/patterns/request-reply'
import { afterEach, beforeEach, expect, it } from 'vitest'

const run = promisify(execFile)
const fixture = (name: string): string => join(import.meta.dirname, 'fixtures', name)
const source = '--conditions=sluice-source'

let outbox: string
beforeEach(async () => {
  outbox = await mkdtemp(join(tmpdir(), 'sluice-outbox-'))
})
afterEach(() => rm(outbox, { recursive: true }))

/** Runs a requester, kills it once everything is stored if it `dies`, and resolves to the last that it said. */
async function ask(args: readonly string[], dies: boolean): Promise<string> {
  const requester = spawn(process.execPath, [source, fixture('outbox-requester.ts'), ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => void requester.once('exit', resolve))
  let last = ''
  for await (const line of createInterface({ input: requester.stdout })) {
    last = line
    if (line === 'stored' && dies) requester.kill('SIGKILL')
  }
  await exited
  return last
}

it('handles each request once, and in order, over five kills of the requester', async () => {
  const handled: number[] = []
  const work = async (n: number): Promise<number> => {
    handled.push(n)
    await sleep(1)
    return n * 2
  }
  await using replier = new Replier<number, number>(
    { bind: 'tcp://127.0.0.1:*', concurrency: 1, dedupe: { remember: 10_000 } },
    work,
  )
  const [endpoint = ''] = await replier.endpoints()
  const kills = 5
  for (let kill = 0; kill < kills; kill++)
    expect(await ask([endpoint, outbox, String(kill * 100), '100'], true)).toBe('stored')
  const last = await ask([endpoint, outbox, String(kills * 100), '10'], false)
  const [, told, of] = /^told of (\d+) of (\d+)$/.exec(last) ?? []
  expect(told).toBe(of)
  expect(Number(told)).toBeGreaterThan(0)
  expect(handled).toEqual(Array.from({ length: kills * 100 + 10 }, (_, n) => n))
}, 60_000)

it('refuses an outbox that another process has open', async () => {
  const producer = new Producer({ connect: 'tcp://127.0.0.1:1', outbox })
  await producer.send('mine')
  const other = run(process.execPath, [
    source,
    fixture('outbox-child.ts'),
    'tcp://127.0.0.1:1',
    outbox,
    '0',
    '20',
  ])
  await expect(other).rejects.toMatchObject({ stderr: expect.stringContaining('in use by another sender') })
  expect(producer.stats().outbox).toMatchObject({ stored: 1 })
  await producer.close()
})

it('says what to install where lmdb is missing, and leaves nothing open', async () => {
  const program = `
    import { registerHooks } from 'node:module'
    registerHooks({
      resolve(name, context, next) {
        if (name === 'lmdb') throw new Error('no such package')
        return next(name, context)
      },
    })
    const { Producer, Requester } = await import('@sluice/patterns')
    for (const Sender of [Producer, Requester]) {
      try {
        new Sender({ connect: 'tcp://127.0.0.1:1', outbox: 'never-made' })
      } catch (error) {
        console.log(error.name, error.message)
      }
    }`
  const { stdout } = await run(process.execPath, [source, '--input-type=module', '--eval', program], {
    timeout: 20_000,
  })
  const lines = stdout.trim().split('\n')
  expect(lines).toHaveLength(2)
  for (const line of lines) expect(line).toMatch(/^OptionError .*npm install lmdb/)
})
