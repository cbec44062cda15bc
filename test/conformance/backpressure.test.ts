/** What a backpressure link promises while its peers live: credit, acks, order, pauses. */
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { ClosedError, EncodeError } from '@sluice/core'
import type { LinkStats, Outcome, Ports } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'
import type { Transport } from '../support/transports.ts'

/** A producer and a consumer that have found each other; `binds` says which of them waits to be connected to. */
async function linked(
  context: Ports,
  transport: Transport,
  binds: 'sender' | 'receiver',
  highWaterMark: number,
) {
  const place = { context, bind: transport.any() }
  const first = binds === 'receiver' ? new Consumer({ ...place, highWaterMark }) : new Producer(place)
  const [connect] = await first.endpoints()
  const consumer =
    first instanceof Consumer ? first : new Consumer({ context, connect: connect!, highWaterMark })
  const producer = first instanceof Producer ? first : new Producer({ context, connect: connect! })
  await producer.ready()
  return { producer, consumer }
}

/** The ledger adds up, and every message is somewhere. */
function expectBalanced(stats: LinkStats): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = stats
  expect(delivered + dropped + deadLettered + failed + undelivered + pending + inFlight).toBe(accepted)
}

const places = transports.flatMap((transport) =>
  (['receiver', 'sender'] as const).map((binds) => ({ transport, binds, name: transport.name })),
)

describe.each(places)('backpressure over $name, bound by the $binds', ({ transport, binds }) => {
  it('delivers every message once and in order, and drains', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 100)
    const sending = (async () => {
      for (let n = 0; n < 5_000; n++) await producer.send({ n })
      await producer.drain()
    })()
    const seen: number[] = []
    for await (const message of consumer) seen.push((message as { n: number }).n)
    await sending
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, n) => n))
    expect(producer.stats()).toMatchObject({ accepted: 5_000, delivered: 5_000, redelivered: 0, inFlight: 0 })
    await consumer.close()
    expect(consumer.stats()).toMatchObject({ received: 5_000, delivered: 5_000, held: 0 })
  })

  it('waits at zero credit, and goes on with each ack', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 3)
    const hand = new ByHand(consumer)
    let accepted = 0
    const sends = Array.from({ length: 8 }, async (_, n) => {
      await producer.send(n)
      accepted++
    })
    await hand.has(3)
    await aWhile()
    expect(hand.values()).toEqual([0, 1, 2])
    expect(accepted).toBe(3)
    expect(producer.stats()).toMatchObject({ accepted: 3, inFlight: 3, waits: 8 })
    hand.handed[0]!.settle()
    await hand.has(4)
    await aWhile()
    expect(accepted).toBe(4)
    for (let n = 1; n < 8; n++) {
      await hand.has(n + 1)
      hand.handed[n]!.settle()
    }
    await Promise.all(sends)
    await producer.drain()
    expect(hand.values()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    expect(producer.stats().waitedMs).toBeGreaterThan(0)
    await consumer.close()
  })

  it('takes acks of messages that finish out of order as credit', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 4)
    const hand = new ByHand(consumer)
    for (let n = 0; n < 4; n++) void producer.send(n)
    await hand.has(4)
    hand.handed[3]!.settle()
    hand.handed[1]!.settle()
    void producer.send(4)
    void producer.send(5)
    await hand.has(6)
    await eventually(() => producer.stats().delivered === 2)
    expect(producer.stats()).toMatchObject({ accepted: 6, inFlight: 4 })
    for (const at of [5, 4, 2, 0]) hand.handed[at]!.settle()
    await producer.drain()
    expect(producer.stats()).toMatchObject({ accepted: 6, delivered: 6 })
    await consumer.close()
  })

  it('counts what was settled otherwise, and tells the tickets', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 10)
    const hand = new ByHand(consumer)
    const settled: [number, Outcome, string | undefined][] = []
    for (let n = 0; n < 4; n++) {
      void producer.offer(n, undefined, {
        settle: (outcome, error) => settled.push([n, outcome, error?.message]),
      })
    }
    await hand.has(4)
    hand.handed[1]!.settle('deadLettered', new Error('too salty'))
    hand.handed[0]!.settle()
    hand.handed[3]!.settle('failed', new Error('broken'))
    hand.handed[2]!.settle()
    await producer.drain()
    expect(settled.toSorted(([a], [b]) => a - b)).toEqual([
      [0, 'delivered', undefined],
      [1, 'deadLettered', 'too salty'],
      [2, 'delivered', undefined],
      [3, 'failed', 'broken'],
    ])
    expect(producer.stats()).toMatchObject({ accepted: 4, delivered: 2, deadLettered: 1, failed: 1 })
    expect(consumer.stats()).toMatchObject({ received: 4, delivered: 2, deadLettered: 1, failed: 1, held: 0 })
    await consumer.close()
  })

  it('carries headers beside the messages that have them', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 10)
    const hand = new ByHand(consumer)
    await producer.send('a')
    await producer.send('b', { headers: { id: 'b1' } })
    await producer.send('c')
    await hand.has(3)
    expect(hand.handed.map(({ value, headers }) => [value, headers?.['id']])).toEqual([
      ['a', undefined],
      ['b', 'b1'],
      ['c', undefined],
    ])
    for (const one of hand.handed) one.settle()
    await producer.drain()
    await consumer.close()
  })

  it('pauses at the will of the receiver, and resumes', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 2)
    const hand = new ByHand(consumer)
    await producer.send(0)
    await hand.has(1)
    consumer.pause()
    hand.handed[0]!.settle()
    await eventually(() => producer.stats().delivered === 1)
    const held = producer.send(1)
    await aWhile()
    expect(hand.values()).toEqual([0])
    consumer.resume()
    await held
    await hand.has(2)
    hand.handed[1]!.settle()
    await producer.drain()
    await consumer.close()
  })

  it('takes a message back when its signal aborts, and only that one', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 1)
    const hand = new ByHand(consumer)
    await producer.send('first')
    await hand.has(1)
    const abort = new AbortController()
    const reason = new Error('never mind')
    const sends = ['second', 'third', 'fourth'].map((value, at) =>
      producer.send(value, at === 1 ? { signal: abort.signal } : {}),
    )
    abort.abort(reason)
    await expect(sends[1]).rejects.toBe(reason)
    for (let n = 0; n < 3; n++) {
      await hand.has(n + 1)
      hand.handed[n]!.settle()
    }
    await Promise.all([sends[0], sends[2]])
    await producer.drain()
    expect(hand.values()).toEqual(['first', 'second', 'fourth'])
    expect(producer.stats()).toMatchObject({ accepted: 3, delivered: 3, undelivered: 0 })
    await consumer.close()
  })

  it('gives what is undelivered back when it closes', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, binds, 2)
    const hand = new ByHand(consumer)
    const outcomes: Outcome[] = []
    const ticket = { settle: (outcome: Outcome) => void outcomes.push(outcome) }
    void producer.offer(0, undefined, ticket)
    void producer.offer(1, undefined, ticket)
    await hand.has(2)
    hand.handed[0]!.settle()
    await eventually(() => producer.stats().delivered === 1)
    void producer.offer(2, undefined, ticket)
    const waiting = producer.send('three').catch((error: unknown) => error)
    await producer.close()
    const error = await waiting
    expect(error).toBeInstanceOf(ClosedError)
    expect((error as ClosedError).undelivered).toBe('three')
    expect(outcomes).toEqual(['delivered', 'undelivered', 'undelivered'])
    const stats = producer.stats()
    expect(stats).toMatchObject({ accepted: 3, delivered: 1, undelivered: 2, inFlight: 0, pending: 0 })
    expectBalanced(stats)
    await expect(producer.send('late')).rejects.toThrow(/already closed/)
    await consumer.close()
  })
})

describe.each(places.filter(({ name }) => name !== 'memory'))(
  'backpressure with a codec, over $name, bound by the $binds',
  ({ transport, binds }) => {
    it('refuses what cannot travel, and goes on', async () => {
      await using context = transport.open()
      const { producer, consumer } = await linked(context, transport, binds, 10)
      const hand = new ByHand(consumer)
      await producer.send('good')
      await expect(producer.send(() => 'bad')).rejects.toBeInstanceOf(EncodeError)
      await expect(producer.send(() => 'bad', { headers: { id: 'x' } })).rejects.toBeInstanceOf(EncodeError)
      await producer.send('good again', { headers: { id: 'y' } })
      await hand.has(2)
      expect(hand.values()).toEqual(['good', 'good again'])
      for (const one of hand.handed) one.settle()
      await producer.drain()
      expect(producer.stats()).toMatchObject({ accepted: 2, delivered: 2 })
      await consumer.close()
    })
  },
)
