/** What a pipeline makes of each pattern's own promises, over every transport. */
import { pipeline } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'
import { expectEnded } from '../support/ledgers.ts'
import { breath, numbers, upTo } from '../support/numbers.ts'
import { transports } from '../support/transports.ts'
import { openWhole } from '../support/whole.ts'

describe.each(transports)('a pipeline over $name', (transport) => {
  it('counts what fire-and-forget drops, and ends', async () => {
    let seen = 0
    const whole = pipeline('drops')
      .source('count', numbers(20_000))
      .link(fireAndForget({ highWaterMark: 10 }))
      .sink('slow', async () => {
        seen++
        if (seen % 16 === 0) await breath()
      })
    await using ports = transport.open()
    const reports = await (await openWhole(whole, ports, transport)).run()
    const sender = reports['count']?.links['count:slow']?.sender
    expectEnded(sender, 20_000)
    // Delivered is handed over: what a closed connection still held is gone, and nobody is told.
    expect(seen).toBeLessThanOrEqual(sender?.delivered ?? 0)
    expect(reports['slow']?.stages['slow']).toMatchObject({ in: seen, running: 0, waiting: 0 })
  })

  it('handles the last, unfilled batches as soon as the end has come through backpressure', async () => {
    const batches: number[][] = []
    const whole = pipeline('batches')
      .source('count', numbers(10))
      .link(backpressure())
      .stage('rack', (batch) => batch.values(), { batch: { size: 4, withinMs: 1e9 } })
      .link(backpressure())
      .sink('shelf', (batch) => void batches.push(batch), { batch: { size: 100, withinMs: 1e9 } })
    await using ports = transport.open()
    await (await openWhole(whole, ports, transport)).run()
    expect(batches).toEqual([upTo(10)])
  })

  it('lets enough requests be outstanding for a batch to be full', async () => {
    const sizes: number[] = []
    const whole = pipeline('batches')
      .source('count', numbers(300))
      .link(requestReply())
      .sink('shelf', (batch) => void sizes.push(batch.length), { batch: { size: 100, withinMs: 1e9 } })
    await using ports = transport.open()
    await (await openWhole(whole, ports, transport)).run()
    expect(sizes).toEqual([100, 100, 100])
  })

  it('slows the source to the pace of the slowest stage', async () => {
    let pulled = 0
    let finished = 0
    let most = 0
    const whole = pipeline('slow')
      .source('count', function* () {
        for (; pulled < 300; pulled++) yield pulled
      })
      .link(backpressure({ highWaterMark: 8 }))
      .stage('pass', (n) => n)
      .link(backpressure({ highWaterMark: 8 }))
      .sink('slow', async () => {
        await breath()
        most = Math.max(most, pulled - finished)
        finished++
      })
    await using ports = transport.open()
    await (await openWhole(whole, ports, transport)).run()
    expect(finished).toBe(300)
    // Both windows, what the source holds in its hand, and what it may gather before its link says no.
    expect(most).toBeLessThanOrEqual(64)
  })

  it('keeps the order of each key while many are at work', async () => {
    const seen = new Map<number, number[]>()
    const working = new Map<number, number>()
    let overlaps = 0
    const whole = pipeline('keys')
      .source('count', numbers(400))
      .link(backpressure({ key: (n: number) => `${n % 7}` }))
      .sink(
        'collect',
        async (n) => {
          const key = n % 7
          const busy = (working.get(key) ?? 0) + 1
          working.set(key, busy)
          if (busy > 1) overlaps++
          for (let turn = 0; turn < (n * 13) % 4; turn++) await breath()
          working.set(key, busy - 1)
          seen.set(key, [...(seen.get(key) ?? []), n])
        },
        { concurrency: 16 },
      )
    await using ports = transport.open()
    await (await openWhole(whole, ports, transport)).run()
    expect(overlaps).toBe(0)
    for (const [key, values] of seen) expect(values).toEqual(upTo(400).filter((n) => n % 7 === key))
  })
})

/** Within a thread nothing is encoded. */
const encoding = transports.filter(({ name }) => name !== 'memory' && name !== 'inproc')

describe.each(encoding)('a pipeline that encodes for $name', (transport) => {
  it('fails a message that cannot be encoded, and carries the others', async () => {
    const seen: unknown[] = []
    const whole = pipeline('encodes')
      .source('count', numbers(5))
      .link(backpressure())
      .stage('spoil', (n) => (n === 3 ? { n: () => n } : { n }))
      .link(backpressure())
      .sink('collect', (message) => void seen.push(message))
    await using ports = transport.open()
    const { run, lines } = await openWhole(whole, ports, transport)
    const reports = await run()
    expect(seen).toEqual([{ n: 0 }, { n: 1 }, { n: 2 }, { n: 4 }])
    expect(reports['count']?.links['count:spoil']?.sender).toMatchObject({ delivered: 4, failed: 1 })
    expect(lines.map(({ text }) => text)).toEqual([
      expect.stringMatching(
        /^failed on a message: stage 'spoil' emitted what the link 'spoil:collect' cannot carry, at \$\.n:/,
      ),
    ])
  })
})
