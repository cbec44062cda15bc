/** What request-reply promises, on every transport and whichever side binds. */
import { ClosedError, EncodeError, FullError, RemoteError, StateError, TimeoutError } from '@sluice/core'
import type { LinkStats, Outcome, Ports } from '@sluice/core'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import type {
  ReplySettings,
  RequestContext,
  RequesterSettings,
  RequestHandler,
} from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'
import type { Transport } from '../support/transports.ts'

type Handler = RequestHandler<unknown, unknown>

interface LinkedOptions {
  readonly ask?: RequesterSettings
  readonly answer?: ReplySettings & { readonly senders?: number }
  /** Undefined: the replier is read by `start`. */
  readonly handler?: Handler | undefined
}

type Binds = 'sender' | 'receiver'

/** A requester and a replier that have found each other. */
async function linked(context: Ports, transport: Transport, binds: Binds, options: LinkedOptions) {
  const { ask, answer, handler } = options
  const place = { context, bind: transport.any() }
  if (binds === 'receiver') {
    const replier = new Replier({ ...place, ...answer }, handler)
    const [connect] = await replier.endpoints()
    const requester = new Requester({ context, connect: connect!, ...ask })
    await requester.ready()
    return { requester, replier }
  }
  const requester = new Requester({ ...place, ...ask })
  const [connect] = await requester.endpoints()
  const replier = new Replier({ context, connect: connect!, ...answer }, handler)
  await requester.ready()
  return { requester, replier }
}

function expectBalanced(stats: LinkStats): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = stats
  expect(delivered + dropped + deadLettered + failed + undelivered + pending + inFlight).toBe(accepted)
}

/** Keeps every request until the test answers it. */
class Held {
  readonly requests: {
    readonly message: unknown
    readonly context: RequestContext
    readonly answer: (reply: unknown) => void
  }[] = []
  readonly handler: Handler = (message, context) =>
    new Promise((answer) => this.requests.push({ message, context, answer }))

  async has(count: number): Promise<void> {
    await eventually(() => this.requests.length >= count)
  }
}

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

  it('takes as many messages as may be in flight, and lets the next wait', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, { ask: { inFlight: 2 } })
    const hand = new ByHand(replier)
    const outcomes: [number, Outcome, string | undefined][] = []
    const offer = (n: number): true | Promise<void> =>
      requester.offer(n, undefined, {
        settle: (outcome, error) => outcomes.push([n, outcome, error?.message]),
      })
    expect(offer(0)).toBe(true)
    expect(offer(1)).toBe(true)
    const third = offer(2)
    expect(third).toBeInstanceOf(Promise)
    await hand.has(2)
    hand.handed[1]!.settle('deadLettered', new Error('inedible'))
    await third
    expect(offer(3)).toBeInstanceOf(Promise)
    await hand.has(3)
    hand.handed[0]!.settle()
    hand.handed[2]!.settle('failed', new Error('dropped it'))
    await hand.has(4)
    hand.handed[3]!.settle()
    await requester.drain()
    expect(outcomes.toSorted(([a], [b]) => a - b)).toEqual([
      [0, 'delivered', undefined],
      [1, 'deadLettered', 'inedible'],
      [2, 'failed', 'dropped it'],
      [3, 'delivered', undefined],
    ])
    expect(requester.stats()).toMatchObject({
      accepted: 4,
      delivered: 2,
      deadLettered: 1,
      failed: 1,
      waits: 2,
    })
    await replier.close()
    expect(replier.stats()).toMatchObject({ received: 4, delivered: 2, deadLettered: 1, failed: 1, held: 0 })
  })

  it('ends when every requester has ended and everything is answered', async () => {
    await using context = transport.open()
    const linkedPair = await linked(context, transport, binds, {
      answer: { senders: 1 },
      ask: { tellEveryone: true },
    })
    const { requester, replier } = linkedPair
    const hand = new ByHand(replier)
    void requester.offer('dish', undefined, undefined)
    await hand.has(1)
    let ended = false
    void replier.ended.then(() => (ended = true))
    const draining = requester.drain()
    await aWhile()
    expect(ended).toBe(false)
    hand.handed[0]!.settle()
    await draining
    await replier.ended
    expect(hand.last).toBe(true)
    await replier.drain()
  })

  it('ends a replier that never got a request too, when a link says so', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, {
      answer: { senders: 1 },
      ask: { tellEveryone: true },
    })
    const hand = new ByHand(replier)
    await requester.drain()
    await replier.ended
    expect(hand.last).toBe(true)
    await replier.close()
  })

  it('hands over nothing while paused', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, {})
    const hand = new ByHand(replier)
    replier.pause()
    void requester.offer(1, undefined, undefined)
    await eventually(() => replier.stats().received === 1)
    expect(hand.values()).toEqual([])
    replier.resume()
    await hand.has(1)
    hand.handed[0]!.settle()
    await requester.drain()
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

  it('gives what is unanswered back when it closes', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, {
      handler: held.handler,
      ask: { inFlight: 1 },
    })
    const outcomes: Outcome[] = []
    const asked = requester.request('asked').catch((error: unknown) => error)
    await held.has(1)
    const waiting = (
      requester.offer('waits', undefined, { settle: (outcome) => outcomes.push(outcome) }) as Promise<void>
    ).catch((error: unknown) => error)
    await requester.close()
    expect(await asked).toBeInstanceOf(ClosedError)
    const error = await waiting
    expect(error).toBeInstanceOf(ClosedError)
    expect((error as ClosedError).undelivered).toBe('waits')
    expect(outcomes).toEqual([])
    expectBalanced(requester.stats())
    expect(requester.stats()).toMatchObject({ accepted: 1, undelivered: 1, inFlight: 0, pending: 0 })
    await expect(requester.request('late')).rejects.toBeInstanceOf(StateError)
    // Nobody waits for the answer any more.
    await eventually(() => held.requests[0]!.context.signal.aborted)
    await replier.close()
  })

  it('finishes what it has when it drains, and lets others have what comes', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, {
      handler: held.handler,
      ask: { timeoutMs: 60, retries: 0 },
    })
    const before = requester.request('before')
    await held.has(1)
    const draining = replier.drain()
    const after = requester.request('after').catch((error: unknown) => error)
    await aWhile()
    expect(held.requests).toHaveLength(1)
    held.requests[0]!.answer('in time')
    expect(await before).toBe('in time')
    await draining
    expect(await after).toBeInstanceOf(TimeoutError)
    await requester.close()
  })
})

describe.each(transports)('request-reply over $name', (transport) => {
  it('asks the replier with the fewest in flight', async () => {
    await using context = transport.open()
    const held = [new Held(), new Held(), new Held()]
    const repliers = held.map(({ handler }) => new Replier({ context, bind: transport.any() }, handler))
    const connect = (await Promise.all(repliers.map((replier) => replier.endpoints()))).flat()
    const requester = new Requester({ context, connect })
    await eventually(() => requester.stats().peers === 3)
    const replies = Array.from({ length: 9 }, (_, n) => requester.request(n))
    for (const one of held) await one.has(3)
    for (const { answer } of held[1]!.requests) answer('done')
    await eventually(() => requester.stats().inFlight === 6)
    const more = Array.from({ length: 3 }, (_, n) => requester.request(n))
    await held[1]!.has(6)
    for (const { requests } of held) for (const { answer } of requests) answer('done')
    await Promise.all([...replies, ...more])
    await requester.close()
    for (const replier of repliers) await replier.close()
  })

  it('tries another replier when one is lost', async () => {
    await using context = transport.open()
    const lost = new Held()
    const first = new Replier({ context, bind: transport.any() }, lost.handler)
    const [one] = await first.endpoints()
    const second = new Replier({ context, bind: transport.any() }, (message) => `second ${message as string}`)
    const [two] = await second.endpoints()
    const requester = new Requester({ context, connect: [one!, two!] })
    await eventually(() => requester.stats().peers === 2)
    const replies = Promise.all(['a', 'b'].map((message) => requester.request(message)))
    await lost.has(1)
    await first.close()
    expect(await replies).toEqual(['second a', 'second b'])
    expect(requester.stats()).toMatchObject({ delivered: 2, redelivered: 1, failed: 0 })
    await requester.close()
    await second.close()
  })

  it('tries another replier when one does not answer in time', async () => {
    await using context = transport.open()
    const mute = new Held()
    const first = new Replier({ context, bind: transport.any() }, mute.handler)
    const second = new Replier({ context, bind: transport.any() }, (_message, { attempt }) => attempt)
    const connect = [...(await first.endpoints()), ...(await second.endpoints())]
    const requester = new Requester({ context, connect, timeoutMs: 50 })
    await eventually(() => requester.stats().peers === 2)
    const replies = await Promise.all([requester.request('a'), requester.request('b')])
    expect(replies.toSorted()).toEqual([1, 2])
    await requester.close()
    await first.close()
    await second.close()
  })

  it('picks up a replier that is closed and started again, with nothing to do for the caller', async (test) => {
    if (transport.name === 'channel') return test.skip('a channel ends with its port')
    await using context = transport.open()
    const first = new Replier({ context, bind: transport.any() }, () => 'first')
    const [endpoint] = await first.endpoints()
    const requester = new Requester({ context, connect: endpoint! })
    expect(await requester.request(1)).toBe('first')
    await first.close()
    const waiting = requester.request(2)
    const second = new Replier({ context, bind: endpoint! }, () => 'second')
    expect(await waiting).toBe('second')
    await requester.drain()
    await second.drain()
  })

  it('waits its timeout where nobody is, and then fails', async () => {
    await using context = transport.open()
    const requester = new Requester({ context, bind: transport.any(), timeoutMs: 10, retries: 2 })
    await expect(requester.request('hello?')).rejects.toThrow(/no answer in 3 attempts of 10 ms/)
    await requester.drain()
    expect(requester.stats()).toMatchObject({ accepted: 1, failed: 1, redelivered: 0 })
  })

  it('refuses more than its high-water mark of requests that wait', async () => {
    await using context = transport.open()
    const requester = new Requester({ context, bind: transport.any(), highWaterMark: 2 })
    const waiting = [1, 2].map((n) => requester.request(n).catch((error: unknown) => error))
    const error: unknown = await requester.request(3).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(FullError)
    expect((error as FullError).undelivered).toBe(3)
    await requester.close()
    for (const each of await Promise.all(waiting)) expect(each).toBeInstanceOf(ClosedError)
  })

  it('serves many requesters, and counts the end of each once', async () => {
    await using context = transport.open()
    const replier = new Replier<number, number>({ context, bind: transport.any(), senders: 3 }, (n) => n + 1)
    const [connect] = await replier.endpoints()
    const requesters = Array.from(
      { length: 3 },
      () => new Requester<number, number>({ context, connect: connect! }),
    )
    const sums = await Promise.all(
      requesters.map(async (requester) => {
        const replies = await Promise.all(Array.from({ length: 50 }, (_, n) => requester.request(n)))
        await requester.drain()
        return replies.reduce((sum, reply) => sum + reply, 0)
      }),
    )
    expect(sums).toEqual([1275, 1275, 1275])
    await replier.ended
    await replier.close()
  })
})
