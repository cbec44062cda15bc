/** Request-reply among several peers, that come and go. */
import { ClosedError, FullError } from '@sluice/core'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { Held } from '../support/asking.ts'
import { eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'

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
