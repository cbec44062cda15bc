/** Backpressure between processes that die, freeze and are slow. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Context } from '@sluice/core'
import type { LinkStats } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ByHand, eventually } from '../support/by-hand.ts'

const children = new Set<ChildProcess>()
let directory = ''

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sluice-backpressure-'))
})

afterEach(async () => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
  await rm(directory, { recursive: true, force: true })
})

interface Said {
  readonly endpoint?: string
  readonly rss?: number
  readonly held?: number
  readonly received?: number
}

function start(
  role: 'receive' | 'send',
  work: Record<string, unknown>,
  onSaid: (said: Said) => void = () => {},
) {
  const child = fork(
    new URL('fixtures/backpressure-child.ts', import.meta.url),
    [role, JSON.stringify(work)],
    {
      execArgv: ['--conditions=sluice-source'],
    },
  )
  children.add(child)
  child.on('message', onSaid)
  return child
}

async function kill(child: ChildProcess): Promise<void> {
  child.kill('SIGKILL')
  await once(child, 'exit')
  children.delete(child)
}

function handled(log: string): number[] {
  return readFileSync(log, 'utf8').trim().split('\n').map(Number)
}

const endpointFor = (scheme: string): string =>
  scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory}/link`

describe.each(['tcp', 'ipc'])('backpressure over %s between processes', (scheme) => {
  it('goes on with a bound receiver that is killed and started again at the same place', async () => {
    await using context = new Context()
    const log = join(directory, 'handled')
    const probe = new Consumer({ context, bind: endpointFor(scheme) })
    const [endpoint] = await probe.endpoints()
    await probe.close()
    const receiver = (): ChildProcess =>
      start('receive', { endpoint, binds: true, identity: 'receiver/0', log, highWaterMark: 20 })
    let child = receiver()
    const producer = new Producer({ context, connect: endpoint! })
    for (let n = 0; n < 2_000; n++) {
      await producer.send({ n })
      if (n !== 1_000) continue
      await kill(child)
      child = receiver()
    }
    await producer.drain()
    expect(new Set(handled(log)).size).toBe(2_000)
    expect(producer.stats()).toMatchObject({ accepted: 2_000, delivered: 2_000 })
  })

  it('sends what a frozen receiver holds to another', async () => {
    await using context = new Context()
    const limits = { heartbeatIntervalMs: 50, heartbeatTimeoutMs: 200 }
    const producer = new Producer({ context, bind: endpointFor(scheme), limits })
    const [endpoint] = await producer.endpoints()
    const log = join(directory, 'handled')
    const frozen = start('receive', { endpoint, binds: false, identity: 'frozen', log, handlerMs: 60_000 })
    await eventually(() => producer.stats().peers === 1)
    for (let n = 0; n < 2; n++) await producer.send({ n })
    await eventually(() => producer.stats().inFlight === 2)
    frozen.kill('SIGSTOP')
    start('receive', { endpoint, binds: false, identity: 'other', log })
    await producer.drain()
    expect(handled(log)).toEqual([0, 1])
    expect(producer.stats()).toMatchObject({ delivered: 2, redelivered: 2 })
  })

  it('outlives its sender: a sender that is killed and started again ends the stream', async () => {
    await using context = new Context()
    const consumer = new Consumer<{ n: number }>({ context, bind: endpointFor(scheme), senders: 1 })
    const [endpoint] = await consumer.endpoints()
    const work = { endpoint, binds: false, identity: 'sender/0' }
    const first = start('send', work)
    const seen: number[] = []
    for await (const { n } of consumer) {
      seen.push(n)
      if (seen.length !== 500) continue
      await kill(first)
      start('send', { ...work, messages: 100 })
    }
    expect(seen.slice(-100)).toEqual(Array.from({ length: 100 }, (_, n) => n))
    expect(seen.slice(0, 500)).toEqual(Array.from({ length: 500 }, (_, n) => n))
    await consumer.close()
  })

  it('is told that a killed sender does not come back', async () => {
    await using context = new Context()
    const consumer = new Consumer({ context, bind: endpointFor(scheme), senders: 1, highWaterMark: 4 })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    const sender = start('send', { endpoint, binds: false, identity: 'sender/0' })
    await hand.has(4)
    await kill(sender)
    consumer.noMoreSenders()
    for (const one of hand.handed) one.settle()
    await consumer.ended
    await consumer.close()
  })
})

describe('backpressure with a receiver a hundred times slower than its sender', () => {
  it('keeps the memory of both within its windows', async () => {
    await using context = new Context()
    const said: Said[] = []
    const producer = new Producer({ context, bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    start('receive', { endpoint, binds: false, identity: 'slow', handlerMs: 1 }, (one) => {
      if (one.rss !== undefined) said.push(one)
    })
    await producer.ready()
    const body = 'x'.repeat(1_000)
    const idle = process.memoryUsage.rss()
    let peak = idle
    let most = 0
    const until = performance.now() + 4_000
    let sent = 0
    while (performance.now() < until) {
      await producer.send({ n: sent++, body })
      const { pending, inFlight } = producer.stats()
      most = Math.max(most, pending + inFlight)
      if (sent % 64 === 0) peak = Math.max(peak, process.memoryUsage.rss())
    }
    const { waits, waitedMs }: LinkStats = producer.stats()
    await producer.close()
    const [first] = said
    const receiverPeak = Math.max(...said.map(({ rss = 0 }) => rss)) - first!.rss!
    const megabytes = (bytes: number): string => (bytes / 2 ** 20).toFixed(1)
    process.stdout.write(
      `a receiver 100 times slower, ${sent} messages: most in flight ${most}, sender +${megabytes(peak - idle)} MB, receiver +${megabytes(receiverPeak)} MB over idle\n`,
    )
    // A millisecond each: 20 ms of work, twice that while a wider window is tried, and again twice for each trial during which other
    // work on the machine ended, so that it seemed to pay off; such a window narrows by a tenth with each trial that does not.
    expect(most).toBeLessThanOrEqual(256)
    expect(waits).toBeGreaterThan(100)
    expect(waitedMs).toBeGreaterThan(2_000)
    expect(peak - idle).toBeLessThan(64 * 2 ** 20)
    expect(receiverPeak).toBeLessThan(64 * 2 ** 20)
    expect(Math.max(...said.map(({ held = 0 }) => held))).toBeLessThanOrEqual(256)
  })
})
