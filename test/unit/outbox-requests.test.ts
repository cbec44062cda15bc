/** Requests in an outbox: who is told of what, and what the next requester asks again. */
import { ClosedError, Context, OptionError, OutboxError, pipeline, run, TimeoutError } from '@sluice/core'
import { Replier, Requester, requestReply } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { expectBalanced } from '../support/ledgers.ts'
import { freshOutbox } from '../support/spool.ts'

let outbox: string
freshOutbox((place) => (outbox = place))

const connect = 'memory://kitchen'

/** Leaves requests in the outbox that nobody has answered. */
async function leave(...messages: readonly string[]): Promise<void> {
  await using context = new Context()
  const requester = new Requester({ context, connect, outbox })
  const asked = messages.map((one) => requester.request(one).catch((error: unknown) => error))
  while ((requester.stats().outbox?.stored ?? 0) < messages.length) await new Promise(setImmediate)
  await requester.close()
  for (const error of await Promise.all(asked)) expect(error).toBeInstanceOf(ClosedError)
  expectBalanced(requester.stats())
}

describe('a requester with an outbox', () => {
  it('answers its callers, and keeps nothing that was answered', async () => {
    await using context = new Context()
    await using replier = new Replier({ context, bind: connect }, (dish) => `${String(dish)} is done`)
    const requester = new Requester({ context, connect, outbox })
    const asked = Array.from({ length: 200 }, (_, n) => requester.request(n))
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 200 }, (_, n) => `${n} is done`))
    await requester.drain()
    expect(requester.stats()).toMatchObject({
      accepted: 200,
      delivered: 200,
      outbox: { recovered: 0, stored: 0, storedBytes: 0 },
    })
    expectBalanced(requester.stats())
    expect(replier.stats().delivered).toBe(200)
    const next = new Requester({ context, connect, outbox })
    await next.drain()
    expect(next.stats().accepted).toBe(0)
  })

  it('asks again, in order and first, what the one before it had not answered', async () => {
    await leave('salad', 'bread', 'soup')
    await using context = new Context()
    const seen: unknown[] = []
    await using _ = new Replier({ context, bind: connect, concurrency: 1 }, (dish) => {
      seen.push(dish)
      if (dish === 'bread') throw new RangeError('no flour')
      return `${String(dish)} is done`
    })
    const told: unknown[] = []
    const requester = new Requester({
      context,
      connect,
      outbox,
      onRecovered: (message, result) => told.push([message, result]),
    })
    expect(await requester.request('cake')).toBe('cake is done')
    await requester.drain()
    expect(seen).toEqual(['salad', 'bread', 'soup', 'cake'])
    expect(told).toMatchObject([
      ['salad', { status: 'fulfilled', value: 'salad is done' }],
      ['bread', { status: 'rejected', reason: { remoteCode: 'RangeError', message: 'no flour' } }],
      ['soup', { status: 'fulfilled', value: 'soup is done' }],
    ])
    expect(requester.stats()).toMatchObject({
      accepted: 4,
      delivered: 3,
      failed: 1,
      outbox: { recovered: 3, stored: 0 },
    })
    expectBalanced(requester.stats())
  })

  it('asks with the same id as the one before it', async () => {
    const ids: unknown[] = []
    for (let round = 0; round < 2; round++) {
      await using context = new Context()
      const { promise, resolve } = Promise.withResolvers<void>()
      await using _ = new Replier({ context, bind: connect }, (_dish, { headers, signal }) => {
        ids.push(headers.id)
        resolve()
        return round === 1
          ? null
          : new Promise((gone) => signal.addEventListener('abort', () => gone(null), { once: true }))
      })
      const requester = new Requester({ context, connect, outbox })
      if (round === 0) requester.request('salad').catch(() => {})
      await promise
      if (round === 1) await requester.drain()
      await requester.close()
    }
    expect(ids).toHaveLength(2)
    expect(ids[0]).toEqual(expect.any(String))
    expect(ids[1]).toBe(ids[0])
  })

  it('forgets what failed when its caller was told, and what its caller gave up', async () => {
    await using context = new Context()
    const requester = new Requester({ context, connect, outbox })
    await expect(requester.request('salad', { timeoutMs: 1, retries: 0 })).rejects.toThrow(TimeoutError)
    const stop = new AbortController()
    const given = requester.request('bread', { signal: stop.signal })
    while (requester.stats().accepted < 2) await new Promise(setImmediate)
    stop.abort(new Error('enough'))
    await expect(given).rejects.toThrow('enough')
    await requester.drain()
    expect(requester.stats()).toMatchObject({ accepted: 2, failed: 2, outbox: { stored: 0 } })
    expectBalanced(requester.stats())
  })

  it('leaves the books as they are when a signal aborts after the end', async () => {
    await using context = new Context()
    const requester = new Requester({ context, connect, outbox })
    const stop = new AbortController()
    const first = requester.request('bread').catch((error: unknown) => error)
    while (requester.stats().outbox?.stored !== 1) await new Promise(setImmediate)
    const asked = requester.request('salad', { signal: stop.signal }).catch((error: unknown) => error)
    // Its commit is under way when the requester closes.
    await new Promise(setImmediate)
    await requester.close()
    expect(await first).toBeInstanceOf(ClosedError)
    expect(await asked).toBeInstanceOf(ClosedError)
    const before = requester.stats()
    stop.abort()
    expect(requester.stats()).toEqual(before)
    expectBalanced(before)
  })

  it('asks until it is answered where nobody can be told that it failed', async () => {
    await leave('salad')
    await using context = new Context()
    const requester = new Requester({ context, connect, outbox, timeoutMs: 1, retries: 0 })
    while (requester.stats().accepted === 0) await new Promise(setImmediate)
    await using replier = new Replier({ context, bind: connect }, () => 'done')
    await requester.drain()
    expect(requester.stats()).toMatchObject({ accepted: 1, delivered: 1, failed: 0, outbox: { stored: 0 } })
    expect(replier.stats().received).toBeGreaterThan(0)
  })

  it('keeps what was recovered and not answered for the one after it', async () => {
    await leave('salad')
    await using context = new Context()
    const second = new Requester({ context, connect, outbox })
    while (second.stats().outbox?.recovered === 0) await new Promise(setImmediate)
    await second.close()
    expect(second.stats().outbox).toMatchObject({ stored: 1 })
    expectBalanced(second.stats())
  })

  it('is refused while another has the outbox', async () => {
    await using context = new Context()
    const first = new Requester({ context, connect, outbox })
    const one = first.request('salad').catch((error: unknown) => error)
    while (first.stats().outbox?.stored !== 1) await new Promise(setImmediate)
    const second = new Requester({ context, connect, outbox })
    await expect(second.request('bread')).rejects.toThrow(OutboxError)
    expect(await second.closed).toMatchObject({ refusal: 'in-use', path: outbox })
    await first.close()
    expect(await one).toBeInstanceOf(ClosedError)
  })

  it('refuses options that cannot work', () => {
    expect(() => new Requester({ connect, outbox: 5 } as never)).toThrow(OptionError)
    expect(() => new Requester({ connect, outbox, onRecovered: 5 } as never)).toThrow(OptionError)
  })
})

it('a link with an outbox hands everything on', async () => {
  const seen: number[] = []
  const numbers = pipeline('numbers')
    .source('count', function* () {
      yield* [1, 2, 3]
    })
    .link(requestReply({ outbox }))
    .sink('keep', (n: number) => {
      seen.push(n)
    })
  const { ledger } = await run(numbers)
  expect(seen.toSorted((a, b) => a - b)).toEqual([1, 2, 3])
  expect(ledger).toMatchObject({ accepted: 3, delivered: 3 })
})

describe('a replier that remembers its answers', () => {
  const headers = { id: 'the salad' }

  it('gives the answer again, and handles nothing twice', async () => {
    await using context = new Context()
    let handled = 0
    await using replier = new Replier({ context, bind: connect, dedupe: { remember: 10 } }, (dish) => {
      handled++
      if (dish === 'bread') throw new RangeError('no flour')
      return { dish, handled }
    })
    await using requester = new Requester({ context, connect })
    expect(await requester.request('salad', { headers })).toEqual({ dish: 'salad', handled: 1 })
    expect(await requester.request('salad', { headers })).toEqual({ dish: 'salad', handled: 1 })
    for (let time = 0; time < 2; time++) {
      await expect(requester.request('bread', { headers: { id: 'the bread' } })).rejects.toMatchObject({
        remoteCode: 'RangeError',
        message: 'no flour',
      })
    }
    expect(handled).toBe(2)
    expect(replier.stats()).toMatchObject({
      received: 4,
      delivered: 1,
      failed: 1,
      dropped: 2,
      duplicates: 2,
      held: 0,
    })
  })

  it('lets a copy wait for the answer of one that is at work', async () => {
    await using context = new Context()
    const { promise, resolve } = Promise.withResolvers<string>()
    let handled = 0
    await using replier = new Replier({ context, bind: connect, dedupe: { remember: 10 } }, () => {
      handled++
      return promise
    })
    await using requester = new Requester({ context, connect })
    const both = [requester.request('salad', { headers }), requester.request('salad', { headers })]
    while (replier.stats().received < 2) await new Promise(setImmediate)
    resolve('done')
    expect(await Promise.all(both)).toEqual(['done', 'done'])
    expect(handled).toBe(1)
    expect(replier.stats()).toMatchObject({ delivered: 1, duplicates: 1 })
  })

  it('hands the copy over when the first was called off', async () => {
    await using context = new Context()
    let handled = 0
    await using replier = new Replier(
      { context, bind: connect, dedupe: { remember: 10 } },
      (_dish, { signal }) => {
        if (++handled === 2) return 'done'
        return new Promise((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
        )
      },
    )
    await using requester = new Requester({ context, connect })
    const stop = new AbortController()
    const first = requester.request('salad', { headers, signal: stop.signal }).catch(() => 'given up')
    const copy = requester.request('salad', { headers })
    while (replier.stats().received < 2) await new Promise(setImmediate)
    stop.abort()
    expect(await first).toBe('given up')
    expect(await copy).toBe('done')
    expect(replier.stats()).toMatchObject({ received: 2, delivered: 1, duplicates: 0, held: 0 })
  })

  it.each([{ remember: 2 }, { remember: 10, maxBytes: 500 }])('forgets the oldest (%o)', async (dedupe) => {
    await using context = new Context()
    let handled = 0
    await using _ = new Replier({ context, bind: connect, dedupe }, () => ++handled)
    await using requester = new Requester({ context, connect })
    const ask = (id: string): Promise<unknown> => requester.request(null, { headers: { id } })
    expect([await ask('a'), await ask('b'), await ask('c')]).toEqual([1, 2, 3])
    expect([await ask('b'), await ask('c'), await ask('a')]).toEqual([2, 3, 4])
  })

  it('refuses options that cannot work', () => {
    expect(() => new Replier({ bind: connect, dedupe: {} } as never)).toThrow(OptionError)
    expect(() => requestReply({ dedupe: { remember: 0 } })).toThrow(OptionError)
  })
})
