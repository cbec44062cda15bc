/** What request-reply promises to whoever asks, on every transport and whichever side binds. */
import { ClosedError, EncodeError, RemoteError, TimeoutError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Held, linked } from '../support/asking.ts'
import type { Handler } from '../support/asking.ts'
import { aWhile, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'

const places = transports.flatMap((transport) =>
  (['receiver', 'sender'] as const).map((binds) => ({ transport, binds, name: transport.name })),
)

describe.each(places)('request-reply over $name, bound by the $binds', ({ transport, binds }) => {
  it('answers many requests at once, each with its own reply', async () => {
    await using context = transport.open()
    const handler: Handler = (n) =>
      (n as number) % 2 === 0 ? (n as number) * 2 : Promise.resolve((n as number) * 2)
    const { requester, replier } = await linked(context, transport, binds, { handler })
    const replies = await Promise.all(Array.from({ length: 500 }, (_, n) => requester.request(n)))
    expect(replies).toEqual(Array.from({ length: 500 }, (_, n) => n * 2))
    await requester.drain()
    expect(requester.stats()).toMatchObject({
      accepted: 500,
      delivered: 500,
      failed: 0,
      late: 0,
      inFlight: 0,
    })
    await replier.drain()
    expect(replier.stats()).toMatchObject({ received: 500, delivered: 500, held: 0 })
  })

  it('takes answers out of order', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, { handler: held.handler })
    const replies = ['a', 'b', 'c'].map((message) => requester.request(message))
    await held.has(3)
    for (const { message, answer } of held.requests.toReversed()) answer(`${message as string}!`)
    expect(await Promise.all(replies)).toEqual(['a!', 'b!', 'c!'])
    await requester.close()
    await replier.close()
  })

  it('gives the message back when nobody answers in time', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, { handler: held.handler })
    const error: unknown = await requester
      .request({ dish: 1 }, { timeoutMs: 20, retries: 1 })
      .catch((e: unknown) => e)
    expect(error).toBeInstanceOf(TimeoutError)
    expect((error as TimeoutError).undelivered).toEqual({ dish: 1 })
    expect((error as TimeoutError).message).toMatch(/2 attempts of 20 ms/)
    // Both attempts were seen, and both were called off.
    await held.has(2)
    expect(held.requests.map(({ context: { attempt } }) => attempt)).toEqual([1, 2])
    await eventually(() => held.requests.every(({ context: { signal } }) => signal.aborted))
    expect(requester.stats()).toMatchObject({ accepted: 1, failed: 1, redelivered: 1 })
    await requester.close()
    await replier.close()
  })

  it('brings the code and the message of a remote error, and no stack', async () => {
    await using context = transport.open()
    const handler: Handler = (message) => {
      if (message === 'async') return Promise.reject(Object.assign(new Error('too hot'), { code: 'E_HOT' }))
      if (message === 'text') throw 'only a text'
      if (message === 'unencodable') return () => 'a function'
      throw new RangeError('too cold')
    }
    const { requester, replier } = await linked(context, transport, binds, { handler })
    const failure = async (message: string): Promise<RemoteError> => {
      const error: unknown = await requester.request(message).catch((e: unknown) => e)
      expect(error).toBeInstanceOf(RemoteError)
      return error as RemoteError
    }
    expect(await failure('async')).toMatchObject({
      remoteCode: 'E_HOT',
      message: 'too hot',
      undelivered: 'async',
    })
    expect(await failure('sync')).toMatchObject({ remoteCode: 'RangeError', message: 'too cold' })
    expect(await failure('text')).toMatchObject({ remoteCode: 'Error', message: 'only a text' })
    if (transport.name !== 'memory') {
      expect(await failure('unencodable')).toMatchObject({ remoteCode: 'ERR_SLUICE_ENCODE' })
    }
    await requester.close()
    await replier.close()
    expect(replier.stats().failed).toBe(transport.name === 'memory' ? 3 : 4)
  })

  it('rejects with the reason of an aborted signal, and aborts the handler', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, { handler: held.handler })
    // The first request makes sure that the two know each other.
    const first = requester.request('first')
    await held.has(1)
    held.requests[0]!.answer('done')
    await first
    const abort = new AbortController()
    const reason = new Error('enough')
    const reply = requester.request('slow', { signal: abort.signal })
    await held.has(2)
    abort.abort(reason)
    await expect(reply).rejects.toBe(reason)
    await eventually(() => held.requests[1]!.context.signal.aborted)
    expect(held.requests[1]!.context.signal.reason).toBeInstanceOf(ClosedError)
    await expect(requester.request('never', { signal: abort.signal })).rejects.toBe(reason)
    expect(requester.stats()).toMatchObject({ accepted: 2, delivered: 1, failed: 1, inFlight: 0, pending: 0 })
    held.requests[1]!.answer('too late')
    expect(await aWhile().then(() => requester.stats().late)).toBe(0)
    await requester.close()
    await replier.close()
  })

  it('gives the place of a request that was called off to the next', async () => {
    await using context = transport.open()
    const held = new Held()
    const ask = { inFlight: 1 }
    const { requester, replier } = await linked(context, transport, binds, { ask, handler: held.handler })
    const abort = new AbortController()
    const first = requester.request('first', { signal: abort.signal }).catch((error: unknown) => error)
    await held.has(1)
    const second = requester.request('second')
    abort.abort(new Error('enough'))
    await first
    await held.has(2)
    held.requests[1]!.answer('done')
    expect(await second).toBe('done')
    await requester.close()
    await replier.close()
  })

  it('works on no more than its concurrency at once, and lets the others wait', async () => {
    await using context = transport.open()
    const held = new Held()
    const answer = { concurrency: 2, highWaterMark: 10 }
    const { requester, replier } = await linked(context, transport, binds, { answer, handler: held.handler })
    const replies = Promise.all(Array.from({ length: 6 }, (_, n) => requester.request(n)))
    await held.has(2)
    await aWhile()
    expect(held.requests).toHaveLength(2)
    for (let n = 0; n < 6; n++) {
      await held.has(n + 1)
      held.requests[n]!.answer(n)
    }
    expect(await replies).toEqual([0, 1, 2, 3, 4, 5])
    await requester.close()
    await replier.close()
  })

  it('tries again a little later what a full replier turned away', async () => {
    await using context = transport.open()
    const held = new Held()
    const answer = { concurrency: 1, highWaterMark: 1 }
    const ask = { backoff: { initialMs: 1, maxMs: 5 } }
    const { requester, replier } = await linked(context, transport, binds, {
      ask,
      answer,
      handler: held.handler,
    })
    const replies = Promise.all(Array.from({ length: 5 }, (_, n) => requester.request(n)))
    for (let n = 0; n < 5; n++) {
      await held.has(n + 1)
      held.requests[n]!.answer(held.requests[n]!.message)
    }
    expect(await replies).toEqual([0, 1, 2, 3, 4])
    expect(replier.stats().dropped).toBeGreaterThan(0)
    await requester.close()
    await replier.close()
  })

  it('carries headers to the handler', async () => {
    await using context = transport.open()
    const handler: Handler = (_message, { headers }) => headers
    const { requester, replier } = await linked(context, transport, binds, { handler })
    const replies = await Promise.all([
      requester.request('a'),
      requester.request('b', { headers: { id: 'b1' } }),
      requester.request('c'),
    ])
    expect(replies).toEqual([{}, { id: 'b1' }, {}])
    await requester.close()
    await replier.close()
  })

  it('refuses what cannot travel, and goes on', async (test) => {
    if (transport.name === 'memory') return test.skip('memory carries every value')
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, { handler: (message) => message })
    const first = requester.request('good')
    await expect(requester.request(() => 'bad')).rejects.toBeInstanceOf(EncodeError)
    await expect(requester.request('x', { headers: { f: () => 0 } })).rejects.toBeInstanceOf(EncodeError)
    expect(await first).toBe('good')
    expect(await requester.request('good again')).toBe('good again')
    expect(requester.stats()).toMatchObject({ accepted: 2, delivered: 2 })
    await requester.close()
    await replier.close()
  })
})
