/** What an outbox stores, hands on and refuses. */
import { readdir, readFile, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Context, FullError, OptionError, OutboxError, pipeline, run } from '@sluice/core'
import { backpressure, Consumer, Producer } from '@sluice/patterns/backpressure'
import { open } from 'lmdb'
import { describe, expect, it } from 'vitest'
import { expectBalanced } from '../support/ledgers.ts'
import { freshOutbox } from '../support/spool.ts'

let outbox: string
freshOutbox((place) => (outbox = place))

const connect = 'memory://jobs'

/** Leaves three messages in the outbox, and no sender. */
async function leaveThree(): Promise<void> {
  await using context = new Context()
  const producer = new Producer({ context, connect, outbox })
  await Promise.all(['a', 'b', 'c'].map((one) => producer.send(one)))
  expectBalanced(producer.stats())
  await producer.close()
  expect(producer.stats()).toMatchObject({ accepted: 3, undelivered: 3, pending: 0, outbox: { stored: 3 } })
  expectBalanced(producer.stats())
}

describe('an outbox', () => {
  it.each(['each', 'batch', 'os'] as const)(
    'keeps messages for the next sender, with sync %s',
    async (sync) => {
      await leaveThree()
      await using context = new Context()
      const consumer = new Consumer({ context, bind: connect })
      const producer = new Producer({ context, connect, outbox: { path: outbox, sync } })
      await producer.send('d')
      const drained = producer.drain()
      const seen: unknown[] = []
      for await (const message of consumer) seen.push(message)
      await drained
      expect(seen).toEqual(['a', 'b', 'c', 'd'])
      expect(producer.stats()).toMatchObject({
        accepted: 4,
        delivered: 4,
        outbox: { recovered: 3, stored: 0 },
      })
      expectBalanced(producer.stats())
      await consumer.close()
    },
  )

  it('gives a message the same id every time, and no two the same', async () => {
    await leaveThree()
    const ids: unknown[][] = []
    for (let round = 0; round < 2; round++) {
      await using context = new Context()
      const consumer = new Consumer({ context, bind: connect })
      const producer = new Producer({ context, connect, outbox })
      const seen: unknown[] = []
      for await (const { headers } of consumer.received()) if (seen.push(headers?.id) === 3) break
      await producer.close()
      await consumer.close()
      ids.push(seen)
    }
    expect(new Set(ids[0]).size).toBe(3)
    // The first round has finished two of them at most: a message is finished when the next is asked for.
    expect(ids[1]?.[2]).toBe(ids[0]?.[2])
  })

  it('stores what is sent long after it was opened', async () => {
    await leaveThree()
    await using context = new Context()
    const producer = new Producer({ context, connect, outbox })
    while (producer.stats().outbox?.recovered === 0) await new Promise(setImmediate)
    // Whatever opening has put on the next turns is over.
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    await producer.send('d')
    expect(producer.stats().outbox).toMatchObject({ stored: 4 })
    await producer.close()
  })

  it('is refused to a second sender until the first has closed', async () => {
    await using context = new Context()
    const first = new Producer({ context, connect, outbox })
    await first.send('a')
    const second = new Producer({ context, connect, outbox })
    await expect(second.send('b')).rejects.toThrow(OutboxError)
    expect(await second.closed).toMatchObject({ code: 'ERR_SLUICE_OUTBOX', refusal: 'in-use', path: outbox })
    await first.close()
    const third = new Producer({ context, connect, outbox })
    await third.send('c')
    expect(third.stats().outbox).toMatchObject({ recovered: 1, stored: 2 })
    await third.close()
  })

  it('gives the message back when it is full, or waits', async () => {
    await using context = new Context()
    const producer = new Producer({
      context,
      connect,
      outbox: { path: outbox, maxBytes: 100, overflow: 'reject' },
    })
    await producer.send('a')
    await producer.send('b')
    const refused: unknown = await producer.send('x'.repeat(60)).catch((error: unknown) => error)
    expect(refused).toBeInstanceOf(FullError)
    expect(refused).toMatchObject({ undelivered: 'x'.repeat(60) })
    await producer.close()
    const suspended = new Producer({ context, connect, outbox: { path: outbox, maxBytes: 100 } })
    const stop = new AbortController()
    const waiting = suspended.send('y'.repeat(60), { signal: stop.signal })
    stop.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
    const again = suspended.send('z'.repeat(30))
    const consumer = new Consumer({ context, bind: connect })
    const seen: unknown[] = []
    const read = (async () => {
      for await (const one of consumer) seen.push(one)
    })()
    await again
    await suspended.drain()
    await read
    expect(seen).toEqual(['a', 'b', 'z'.repeat(30)])
    await consumer.close()
  })

  it.each(['bind', 'outbox', 'outbox.sync'])('refuses options that cannot work (%s)', (option) => {
    const wrong = {
      bind: {},
      outbox: { connect, outbox: 5 },
      'outbox.sync': { connect, outbox: { path: 'a', sync: 'x' } },
    }
    expect(() => new Producer(wrong[option as keyof typeof wrong] as never)).toThrow(OptionError)
  })
})

describe('a file that is no outbox, or is damaged', () => {
  const file = (): string => join(outbox, 'messages.mdb')

  /** The outbox is refused, and its file is what it was, octet for octet. */
  async function expectRefused(refusal: string): Promise<void> {
    const before = await readFile(file())
    await using context = new Context()
    const producer = new Producer({ context, connect, outbox })
    await expect(producer.send('a')).rejects.toMatchObject({ refusal })
    expect(await producer.closed).toBeInstanceOf(OutboxError)
    await producer.close()
    expect(before.equals(await readFile(file()))).toBe(true)
  }

  it('is refused when something else wrote it', async () => {
    await leaveThree()
    await writeFile(file(), 'my diary '.repeat(10_000))
    await expectRefused('foreign')
  })

  it('is refused when it is the LMDB file of something else', async () => {
    const other = open({ path: join(outbox, 'messages.mdb'), noSubdir: true })
    await other.put('diary', 'today')
    await other.close()
    await expectRefused('foreign')
  })

  it.each([5_000, 8_192, 12_288])('is refused when it is cut off after %i bytes', async (bytes) => {
    await leaveThree()
    expect((await readFile(file())).length).toBeGreaterThan(bytes)
    await truncate(file(), bytes)
    await expectRefused('corrupt')
  })

  it('is whole when its last pages were never written', async () => {
    for (let round = 0; round < 30; round++) {
      await using context = new Context()
      const consumer = new Consumer({ context, bind: connect })
      const producer = new Producer({ context, connect, outbox })
      const sent = Promise.all(Array.from({ length: 7 * round }, (_, n) => producer.send({ round, n })))
      const reading = (async () => {
        for await (const message of consumer) void message
      })()
      await sent
      await producer.drain()
      await reading
      await consumer.close()
    }
  })

  it('is refused when a message was changed', async () => {
    await leaveThree()
    const octets = await readFile(file())
    // The header `id` stands in each message; every stored copy of it is changed.
    for (let at = octets.indexOf('id'); at !== -1; at = octets.indexOf('id', at + 1)) octets[at] = 0x78
    await writeFile(file(), octets)
    await expectRefused('corrupt')
  })

  it('is refused when it is a file where a folder is wanted', async () => {
    await writeFile(outbox, 'my diary')
    const producer = new Producer({ connect: 'tcp://127.0.0.1:1', outbox })
    await expect(producer.send('a')).rejects.toMatchObject({ refusal: 'foreign' })
    await producer.close()
    expect(await readFile(outbox, 'utf8')).toBe('my diary')
  })
})

it('a replica has a folder of its own in the outbox of its link, and acks what is stored', async () => {
  const seen: number[] = []
  const numbers = pipeline('numbers')
    .source('count', function* () {
      yield* [1, 2, 3]
    })
    .link(backpressure())
    .stage('double', (n: number) => n * 2, { replicas: 2 })
    .link(backpressure({ outbox, dedupe: { remember: 10 } }))
    .sink('keep', (n: number) => {
      seen.push(n)
    })
  const { ledger } = await run(numbers)
  expect(seen.toSorted((a, b) => a - b)).toEqual([2, 4, 6])
  expect(ledger).toMatchObject({ accepted: 3, delivered: 3 })
  expect((await readdir(outbox)).toSorted()).toEqual(['double%2F0', 'double%2F1'])
})
