/** What a pipeline promises over every pattern that loses nothing, and over every transport. */
import { pipeline } from '@sluice/core'
import type { Pattern } from '@sluice/core'
import { backpressure, requestReply } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'
import { expectEnded } from '../support/ledgers.ts'
import { breath, numbers, upTo } from '../support/numbers.ts'
import { transports } from '../support/transports.ts'
import { openWhole } from '../support/whole.ts'

const keeping: readonly { name: string; link: () => Pattern }[] = [
  { name: 'backpressure', link: () => backpressure() },
  { name: 'window of 3', link: () => backpressure({ highWaterMark: 3 }) },
  { name: 'request-reply', link: () => requestReply() },
]

const cases = transports.flatMap((transport) =>
  keeping.map(({ name, link }) => ({ transport, link, name: `${name} over ${transport.name}` })),
)

describe.each(cases)('a pipeline by $name', ({ transport, link }) => {
  it('carries every message through every stage, once and in order, and ends', async () => {
    const seen: number[] = []
    const whole = pipeline('chain')
      .source('count', numbers(500))
      .link(link())
      .stage('double', async (n) => n * 2, { concurrency: 4 })
      .stage('increment', (n) => n + 1)
      .link(link())
      .sink('collect', async (n) => void seen.push(n))
    await using ports = transport.open()
    const reports = await (await openWhole(whole, ports, transport)).run()
    // Request-reply promises no order between requests; here each is sent as it comes.
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(500).map((n) => n * 2 + 1))
    expectEnded(reports['count']?.links['count:double']?.sender, 500)
    expectEnded(reports['double']?.links['increment:collect']?.sender, 500)
    expect(reports['double']?.stages).toMatchObject({
      double: { in: 500, out: 500 },
      increment: { in: 500, out: 500 },
    })
    expect(reports['collect']?.links['increment:collect']?.receiver).toMatchObject({
      received: 500,
      delivered: 500,
      held: 0,
    })
  })

  it('fans out by route, joins again and counts every message', async () => {
    const seen: string[] = []
    const whole = pipeline('branches')
      .source('count', numbers(60))
      .branch(
        {
          fizz: (b) => b.link(link()).stage('fizz', (n) => `fizz ${n}`),
          buzz: (b) => b.link(link()).stage('buzz', (n) => [`buzz ${n}`, `${n}`].values()),
          near: (b) => b.stage('near', (n) => `near ${n}`),
        },
        {
          route: (n) => {
            if (n % 15 === 0) return ['fizz', 'buzz']
            if (n % 5 === 0) return 'buzz'
            return n % 3 === 0 ? 'fizz' : undefined
          },
        },
      )
      .merge()
      .link(link())
      .sink('collect', (text) => void seen.push(text))
    await using ports = transport.open()
    const reports = await (await openWhole(whole, ports, transport)).run()
    const fizz = upTo(60).filter((n) => n % 3 === 0)
    const buzz = upTo(60).filter((n) => n % 5 === 0)
    expect(seen.toSorted()).toEqual(
      [...fizz.map((n) => `fizz ${n}`), ...buzz.flatMap((n) => [`buzz ${n}`, `${n}`])].toSorted(),
    )
    expect(reports['count']?.stages['count']).toMatchObject({ in: 60, out: 28, filtered: 32 })
    expect(reports['collect']?.stages['collect']).toMatchObject({ in: 44 })
  })

  it('tells each sender how its message ended, wherever it failed', async () => {
    const buried: unknown[] = []
    const whole = pipeline('failures')
      .source('count', numbers(30))
      .link(link())
      .stage('pass', (n) => n)
      .link(link())
      .sink(
        'fail',
        async (n) => {
          if (n % 10 === 3) throw new Error(`boom ${n}`)
        },
        { attempts: 2, backoff: { initialMs: 1 }, deadLetter: ({ message }) => void buried.push(message) },
      )
    await using ports = transport.open()
    const reports = await (await openWhole(whole, ports, transport)).run()
    expect(buried).toEqual([3, 13, 23])
    expect(reports['fail']?.stages['fail']).toMatchObject({ in: 30, deadLettered: 3, retried: 3, failed: 0 })
    for (const [group, name] of [
      ['count', 'count:pass'],
      ['pass', 'pass:fail'],
    ] as const) {
      expectEnded(reports[group]?.links[name]?.sender, 30)
      expect(reports[group]?.links[name]?.sender).toMatchObject({ delivered: 27 })
    }
  })

  it('holds a message upstream until everything that it led to has ended', async () => {
    const gate = Promise.withResolvers<void>()
    const reached = Promise.withResolvers<void>()
    const whole = pipeline('acks')
      .source('count', numbers(1))
      .link(link())
      .stage('twice', (n) => [n, n + 1].values())
      .link(link())
      .sink(
        'wait',
        async (n) => {
          if (n !== 1) return
          reached.resolve()
          await gate.promise
        },
        { concurrency: 2 },
      )
    await using ports = transport.open()
    const { hosts, run } = await openWhole(whole, ports, transport)
    const running = run()
    await reached.promise
    for (let turn = 0; turn < 20; turn++) await breath()
    expect(hosts.get('count')?.stats().links['count:twice']?.sender).toMatchObject({
      accepted: 1,
      delivered: 0,
      inFlight: 1,
    })
    gate.resolve()
    const reports = await running
    expect(reports['count']?.links['count:twice']?.sender).toMatchObject({ delivered: 1, inFlight: 0 })
  })

  it('handles unfilled batches withinMs of their first message, through several stages of batches', async () => {
    const batches: number[][] = []
    const whole = pipeline('batches')
      .source('count', numbers(10))
      .link(link())
      .stage('rack', (batch) => batch.values(), { batch: { size: 3, withinMs: 5 } })
      .link(link())
      .sink('shelf', (batch) => void batches.push(batch), { batch: { size: 3, withinMs: 5 } })
    await using ports = transport.open()
    const reports = await (await openWhole(whole, ports, transport)).run()
    expect(batches.flat().toSorted((a, b) => a - b)).toEqual(upTo(10))
    expectEnded(reports['count']?.links['count:rack']?.sender, 10)
  })

  it('drains when it is told to: what was pulled is seen through', async () => {
    const seen: number[] = []
    const whole = pipeline('drains')
      .source('count', numbers(Infinity))
      .link(link())
      .sink('collect', async (n) => void seen.push(n))
    await using ports = transport.open()
    const { hosts, run } = await openWhole(whole, ports, transport)
    const running = run()
    while (seen.length < 50) await breath()
    hosts.get('count')?.drain()
    const reports = await running
    const { out = 0 } = reports['count']?.stages['count'] ?? {}
    expect(seen.toSorted((a, b) => a - b)).toEqual(upTo(out))
  })

  it('closes at once and says what was undelivered', async () => {
    const reached = Promise.withResolvers<void>()
    const whole = pipeline('closes')
      .source('count', numbers(Infinity))
      .link(link())
      .sink('never', () => {
        reached.resolve()
        return new Promise(() => {})
      })
    await using ports = transport.open()
    const { hosts, run } = await openWhole(whole, ports, transport)
    const running = run()
    await reached.promise
    const reason = new Error('enough')
    await hosts.get('count')?.close(reason)
    await expect(running).rejects.toBe(reason)
    const { accepted, undelivered } = hosts.get('count')!.stats().links['count:never']!.sender!
    expect(accepted).toBeGreaterThan(0)
    expect(undelivered).toBe(accepted)
  })
})
