/** The outbox under SIGKILL: what `send` has resolved for arrives, in order, and once where duplicates are dropped. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { Consumer } from '@sluice/patterns/backpressure'
import { expect, it } from 'vitest'

const child = join(import.meta.dirname, 'fixtures/outbox-child.ts')
/** Of each of four senders. */
const kills = 5

/** Runs a sender until it has said `lines` lines, kills it, and resolves to the last number it was sure of. */
async function killedAfter(lines: number, args: readonly string[]): Promise<number | undefined> {
  const sender = spawn(process.execPath, ['--conditions=sluice-source', child, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = new Promise((resolve) => void sender.once('exit', resolve))
  let sure: number | undefined
  let said = 0
  for await (const line of createInterface({ input: sender.stdout })) {
    if (line === 'drained') continue
    sure = Number(line)
    said++
    if (said === lines) sender.kill('SIGKILL')
  }
  await exited
  return sure
}

/** One sender's life: killed five times, each time begun anew on the same outbox, and drained at last. */
async function sendThroughKills(sender: number, endpoint: string, spool: string): Promise<number[]> {
  const promised: number[] = []
  let first = sender * 1_000_000
  const promise = (last: number): void => {
    for (let n = first; n <= last; n++) promised.push(n)
    first += 10_000
  }
  const place = [endpoint, join(spool, String(sender))]
  for (let kill = 0; kill < kills; kill++) {
    const sure = await killedAfter(1 + kill * 2, [...place, String(first), '2000'])
    expect(sure).toBeDefined()
    promise(sure!)
  }
  await killedAfter(Infinity, [...place, String(first), '20'])
  promise(first + 19)
  return promised
}

it('loses nothing over 20 kills of senders, keeps each key in order, and drops what comes twice', async () => {
  const spool = await mkdtemp(join(tmpdir(), 'sluice-outbox-'))
  await using consumer = new Consumer<{ n: number; key: string }>({
    bind: 'tcp://127.0.0.1:*',
    highWaterMark: 64,
    dedupe: { remember: 100_000 },
  })
  const [endpoint] = await consumer.endpoints()
  const seen: { readonly n: number; readonly key: string; readonly id: unknown }[] = []
  const read = (async () => {
    for await (const { message, headers } of consumer.received()) seen.push({ ...message, id: headers?.id })
  })()
  const senders = [1, 2, 3, 4]
  const promised = (await Promise.all(senders.map((one) => sendThroughKills(one, endpoint!, spool)))).flat()
  await consumer.close()
  await read
  const arrived = new Set(seen.map(({ n }) => n))
  expect(promised.filter((n) => !arrived.has(n))).toEqual([])
  expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length)
  expect(arrived.size).toBe(seen.length)
  for (const sender of senders) {
    for (const key of ['k0', 'k1', 'k2']) {
      const own = seen.filter((one) => one.key === key && Math.floor(one.n / 1_000_000) === sender)
      const numbers = own.map(({ n }) => n)
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b))
    }
  }
  const { received, delivered, dropped, duplicates } = consumer.stats()
  expect(delivered + dropped).toBe(received)
  expect(duplicates).toBe(dropped)
  expect(dropped).toBeGreaterThan(0)
  await rm(spool, { recursive: true })
}, 120_000)
