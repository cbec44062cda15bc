/** What fire-and-forget promises, on every transport and whichever side binds. */
import { EncodeError, StateError } from '@sluice/core'
import type { LinkStats, Outcome, Ports } from '@sluice/core'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import type { PullOptions, PushOptions } from '@sluice/patterns/fire-and-forget'
import { describe, expect, it } from 'vitest'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'
import type { Transport } from '../support/transports.ts'

type Binds = 'sender' | 'receiver'

interface LinkedOptions {
  readonly push?: PushOptions
  readonly pull?: PullOptions & { readonly senders?: number }
}

/** A pusher and a puller that have found each other. */
async function linked(
  context: Ports,
  transport: Transport,
  binds: Binds,
  { push, pull }: LinkedOptions = {},
) {
  const place = { context, bind: transport.any() }
  const first = binds === 'receiver' ? new Puller({ ...place, ...pull }) : new Pusher({ ...place, ...push })
  const [connect] = await first.endpoints()
  const puller = first instanceof Puller ? first : new Puller({ context, connect: connect!, ...pull })
  const pusher = first instanceof Pusher ? first : new Pusher({ context, connect: connect!, ...push })
  await pusher.ready()
  return { pusher, puller }
}

/** A place where nobody comes. */
function lonely(transport: Transport, binds: Binds): { bind?: string; connect?: string } {
  if (binds === 'sender') return { bind: transport.any() }
  // Port 9 is that of discard, which no machine serves.
  return { connect: transport.name === 'tcp' ? 'tcp://127.0.0.1:9' : transport.any().replace('*', 'nobody') }
}

async function readAll<T>(puller: Puller<T>): Promise<T[]> {
  const seen: T[] = []
  for await (const message of puller) seen.push(message)
  return seen
}

function expectBalanced(stats: LinkStats): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = stats
  expect(delivered + dropped + deadLettered + failed + undelivered + pending + inFlight).toBe(accepted)
  expect(Object.values(stats.droppedBy).reduce((sum, count) => sum + count, 0)).toBe(dropped)
}

const places = transports.flatMap((transport) =>
  (['receiver', 'sender'] as const).map((binds) => ({ transport, binds, name: transport.name })),
)

describe.each(places)('fire-and-forget over $name, bound by the $binds', ({ transport, binds }) => {
  it('carries messages in order and ends the loop with the stream', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds, { pull: { senders: 1 } })
    const reading = readAll(puller)
    for (let n = 0; n < 500; n++) await pusher.send({ n, text: 'soup' })
    await pusher.drain()
    expect(await reading).toEqual(Array.from({ length: 500 }, (_, n) => ({ n, text: 'soup' })))
    await puller.ended
    expect(pusher.stats()).toMatchObject({ accepted: 500, delivered: 500, dropped: 0, pending: 0 })
    expect(puller.stats()).toMatchObject({ received: 500, delivered: 500, held: 0, refused: 0 })
    await puller.close()
  })

  it('drops and counts when nobody is there, and never waits', async () => {
    await using context = transport.open()
    const pusher = new Pusher({ context, ...lonely(transport, binds) })
    const outcomes: Outcome[] = []
    expect(pusher.offer(1, undefined, { settle: (outcome) => outcomes.push(outcome) })).toBe(true)
    await pusher.send(2)
    expect(outcomes).toEqual(['dropped'])
    expect(pusher.stats()).toMatchObject({ accepted: 2, dropped: 2, droppedBy: { 'no-peer': 2 } })
    await pusher.drain()
  })

  it('ends a loop without a number of senders when all that came have ended and are gone', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds)
    const reading = readAll(puller)
    await pusher.send('only')
    await pusher.drain()
    expect(await reading).toEqual(['only'])
    await puller.close()
  })

  it('ends when it is told that no sender is left', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds, { pull: { senders: 2 } })
    const reading = readAll(puller)
    await pusher.send('last words')
    await eventually(() => puller.stats().received === 1)
    await pusher.close()
    puller.noMoreSenders()
    expect(await reading).toEqual(['last words'])
    await puller.close()
  })

  it('carries headers beside the messages that have them', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds, { pull: { senders: 1 } })
    await pusher.send('a')
    await pusher.send('b', { headers: { id: 'b1' } })
    await pusher.send('c')
    const draining = pusher.drain()
    const seen: unknown[] = []
    for await (const { message, headers } of puller.received()) seen.push([message, headers])
    expect(seen).toEqual([
      ['a', undefined],
      ['b', { id: 'b1' }],
      ['c', undefined],
    ])
    await draining
    await puller.close()
  })

  it('refuses what cannot travel, and goes on', async (test) => {
    if (transport.name === 'memory') return test.skip('memory carries every value')
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds, { pull: { senders: 1 } })
    const reading = readAll(puller)
    await pusher.send('good')
    await expect(pusher.send(() => 'bad')).rejects.toBeInstanceOf(EncodeError)
    await expect(pusher.send(() => 'bad', { headers: { id: 'x' } })).rejects.toBeInstanceOf(EncodeError)
    await expect(pusher.send('fine', { headers: { id: () => 'x' } })).rejects.toBeInstanceOf(EncodeError)
    await pusher.send('good again', { headers: { id: 'y' } })
    await pusher.drain()
    expect(await reading).toEqual(['good', 'good again'])
    expect(pusher.stats()).toMatchObject({ accepted: 2, delivered: 2 })
    await puller.close()
  })

  it('drops at the high-water mark when the receiver does not read, and counts each as full', async () => {
    await using context = transport.open()
    const options = { push: { highWaterMark: 5 }, pull: { highWaterMark: 5 } }
    const { pusher, puller } = await linked(context, transport, binds, options)
    const filler = 'x'.repeat(10_000)
    let sent = 0
    while (pusher.stats().dropped < 10) {
      await pusher.send({ n: sent++, filler })
      if (sent % 50 === 0) await aWhile()
    }
    const stats = pusher.stats()
    expect(stats.droppedBy).toEqual({ full: stats.dropped })
    expect(stats.pending).toBeLessThanOrEqual(5)
    expectBalanced(stats)
    await pusher.close()
    expectBalanced(pusher.stats())
    await puller.close()
  })

  it('loses the oldest under drop-oldest', async () => {
    await using context = transport.open()
    const options = {
      push: { highWaterMark: 3, overflow: 'drop-oldest' as const },
      pull: { senders: 1, highWaterMark: 3 },
    }
    const { pusher, puller } = await linked(context, transport, binds, options)
    const filler = 'x'.repeat(10_000)
    let last = 0
    while (pusher.stats().dropped < 5) {
      await pusher.send({ n: ++last, filler })
      if (last % 50 === 0) await aWhile()
    }
    const reading = readAll(puller as Puller<{ n: number }>)
    await pusher.drain()
    const seen = (await reading).map(({ n }) => n)
    expect(seen).toEqual(seen.toSorted((a, b) => a - b))
    expect(seen.slice(-3)).toEqual([last - 2, last - 1, last])
    expect(seen).toHaveLength(last - pusher.stats().dropped)
    await puller.close()
  })

  it('reads nothing while the receiver is paused or holds its high-water mark', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds, {
      pull: { highWaterMark: 4, senders: 1 },
    })
    const hand = new ByHand(puller)
    for (let n = 0; n < 4; n++) {
      await pusher.send(n)
      await hand.has(n + 1)
    }
    await pusher.send(4)
    await aWhile()
    expect(hand.values()).toEqual([0, 1, 2, 3])
    for (const one of hand.handed) one.settle()
    await hand.has(5)
    puller.pause()
    hand.handed[4]!.settle()
    await pusher.send(5)
    await aWhile()
    // One that was on its way when the pause began may still come.
    const before = hand.values().length
    await pusher.send(6)
    await aWhile()
    expect(hand.values().length).toBeLessThanOrEqual(Math.max(before, 6))
    puller.resume()
    await hand.has(7)
    await pusher.drain()
    await hand.until(() => hand.last)
    for (const one of hand.handed.slice(5)) one.settle()
    await puller.ended
    expect(puller.stats()).toMatchObject({ received: 7, delivered: 7, held: 0 })
    await puller.close()
  })

  it('refuses to send after a drain or a close, and says so', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds)
    await pusher.drain()
    await expect(pusher.send(1)).rejects.toBeInstanceOf(StateError)
    await expect(pusher.send(1)).rejects.toThrow(/already closed.*before drain\(\) or close\(\)/)
    expect(await pusher.closed).toBeUndefined()
    await pusher.close()
    await pusher.drain()
    await puller.close()
    await puller.close()
    expect(await puller.closed).toBeUndefined()
  })

  it('gives up its waits with the reason of their signals', async () => {
    await using context = transport.open()
    const { pusher, puller } = await linked(context, transport, binds)
    const reason = new Error('enough')
    const abort = new AbortController()
    const next = puller.messages({ signal: abort.signal }).next()
    abort.abort(reason)
    await expect(next).rejects.toBe(reason)
    await expect(pusher.send(1, { signal: abort.signal })).rejects.toBe(reason)
    await expect(pusher.ready({ signal: abort.signal })).rejects.toBe(reason)
    await expect(puller.drain({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await pusher.close()
    await puller.close()
  })
})

describe.each(transports)('fire-and-forget over $name', (transport) => {
  it('shares messages among receivers, and each counts the ends of all senders', async () => {
    await using context = transport.open()
    const pullers = Array.from(
      { length: 3 },
      () => new Puller<number>({ context, bind: transport.any(), senders: 2 }),
    )
    const connect = (await Promise.all(pullers.map((puller) => puller.endpoints()))).flat()
    const pushers = Array.from({ length: 2 }, () => new Pusher<number>({ context, connect }))
    for (const pusher of pushers) await eventually(() => pusher.stats().peers === 3)
    const reading = Promise.all(pullers.map(readAll))
    for (let n = 0; n < 300; n++) await pushers[n % 2]!.send(n)
    await Promise.all(pushers.map((pusher) => pusher.drain()))
    const seen = await reading
    expect(seen.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: 300 }, (_, n) => n))
    for (const part of seen) expect(part.length).toBeGreaterThan(50)
    for (const puller of pullers) await puller.close()
  })

  it('sends to a receiver that comes late, and counts those that leave', async () => {
    await using context = transport.open()
    const pusher = new Pusher<string>({ context, bind: transport.any() })
    const [connect] = await pusher.endpoints()
    await pusher.send('nobody hears')
    const first = new Puller<string>({ context, connect: connect! })
    await pusher.ready()
    await pusher.send('heard')
    expect((await first[Symbol.asyncIterator]().next()).value).toBe('heard')
    await first.close()
    await eventually(() => pusher.stats().peers === 0)
    await pusher.send('nobody hears again')
    expect(pusher.stats()).toMatchObject({ accepted: 3, delivered: 1, droppedBy: { 'no-peer': 2 } })
    await pusher.close()
  })

  it('leaves nothing behind when a block that uses it ends', async () => {
    await using context = transport.open()
    {
      await using puller = new Puller<number>({ context, bind: transport.any(), senders: 1 })
      const [connect] = await puller.endpoints()
      const reading = readAll(puller)
      {
        await using pusher = new Pusher<number>({ context, connect: connect! })
        await pusher.ready()
        await pusher.send(7)
      }
      expect(await reading).toEqual([7])
    }
  })
})
