/** What a backpressure link promises with several peers, and while they come and go. */
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import type { Ports } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'
import type { Transport } from '../support/transports.ts'

/** A bound producer, and consumers that connect to it one after the other. */
async function fanOut(
  context: Ports,
  transport: Transport,
  marks: readonly number[],
  key?: (message: unknown) => string,
) {
  const producer = new Producer<unknown>({ context, bind: transport.any(), key })
  const [connect] = await producer.endpoints()
  const consumers: Consumer[] = []
  for (const highWaterMark of marks) {
    consumers.push(new Consumer({ context, connect: connect!, highWaterMark }))
    await eventually(() => producer.stats().peers === consumers.length)
  }
  const hands = consumers.map((consumer) => new ByHand(consumer))
  const close = () => Promise.all(consumers.map((consumer) => consumer.close()))
  return { producer, consumers, hands, connect: connect!, close }
}

const count = (hands: readonly ByHand[]): number => hands.reduce((sum, { handed }) => sum + handed.length, 0)

describe.each(transports)('backpressure with many peers over $name', (transport) => {
  it('sends what a receiver held to another when it closes, in order and marked', async () => {
    await using context = transport.open()
    const { producer, consumers, hands, close } = await fanOut(context, transport, [4, 4])
    for (let n = 0; n < 8; n++) await producer.send(n)
    await eventually(() => count(hands) === 8)
    const [lost, other] = hands as [ByHand, ByHand]
    const held = lost.values()
    lost.handed[0]!.settle()
    await eventually(() => producer.stats().delivered === 1)
    await consumers[0]!.close()
    for (const one of other.handed) one.settle()
    await other.has(7)
    const again = other.handed.slice(4)
    expect(again.map(({ value }) => value)).toEqual(held.slice(1))
    expect(again.every(({ redelivered }) => redelivered)).toBe(true)
    for (const one of again) one.settle()
    await producer.drain()
    expect(producer.stats()).toMatchObject({ accepted: 8, delivered: 8, redelivered: 3 })
    expect(consumers[1]!.stats()).toMatchObject({ received: 7, redelivered: 3 })
    await close()
  })

  it('keeps what is unacked for the receiver that comes later', async () => {
    await using context = transport.open()
    const { producer, consumers, hands, connect } = await fanOut(context, transport, [4])
    for (let n = 0; n < 4; n++) await producer.send(n)
    const fifth = producer.send(4)
    await hands[0]!.has(4)
    await consumers[0]!.close()
    await eventually(() => producer.stats().peers === 0)
    expect(producer.stats()).toMatchObject({ pending: 4, inFlight: 0 })
    const later = new Consumer({ context, connect, highWaterMark: 10 })
    const hand = new ByHand(later)
    await hand.has(5)
    await fifth
    expect(hand.values()).toEqual([0, 1, 2, 3, 4])
    expect(hand.handed.map(({ redelivered }) => redelivered)).toEqual([true, true, true, true, false])
    for (const one of hand.handed) one.settle()
    await producer.drain()
    await later.close()
  })

  it('gives a slow receiver less', async () => {
    await using context = transport.open()
    const { producer, hands, close } = await fanOut(context, transport, [8, 8])
    const [slow, fast] = hands as [ByHand, ByHand]
    const sending = (async () => {
      for (let n = 0; n < 200; n++) await producer.send(n)
    })()
    let settled = 0
    const settleAll = (): void => {
      while (settled < fast.handed.length) fast.handed[settled++]!.settle()
    }
    await fast.until(() => {
      settleAll()
      return slow.handed.length + fast.handed.length >= 200
    })
    await sending
    expect(slow.handed.length).toBeLessThanOrEqual(8)
    expect(fast.handed.length).toBeGreaterThanOrEqual(192)
    for (const one of slow.handed) one.settle()
    settleAll()
    await producer.drain()
    await close()
  })

  it('sends to the one with the most credit', async () => {
    await using context = transport.open()
    const { producer, hands, close } = await fanOut(context, transport, [3, 10])
    for (let n = 0; n < 13; n++) await producer.send(n)
    await eventually(() => count(hands) === 13)
    const [small, large] = hands as [ByHand, ByHand]
    for (const one of large.handed) one.settle()
    for (const one of small.handed.slice(1)) one.settle()
    await eventually(() => producer.stats().delivered === 12)
    // Credit of 2 and of 10 now: the first eight go where there is more.
    for (let n = 13; n < 21; n++) await producer.send(n)
    await large.has(18)
    expect(small.handed.length).toBe(3)
    small.handed[0]!.settle()
    for (const one of large.handed.slice(10)) one.settle()
    await producer.drain()
    await close()
  })

  it('keeps the order of each key across receivers, also when one is lost', async () => {
    await using context = transport.open()
    const key = (message: unknown) => (message as { k: string }).k
    const { producer, consumers, hands, close } = await fanOut(context, transport, [6, 6, 6], key)
    const order: { k: string; n: number }[] = []
    const started = new Map<string, number>()
    let stop = false
    const settled = [0, 0, 0]
    // Each receiver finishes its messages in order, now and then.
    const work = hands.map(async (hand, at) => {
      while (!stop) {
        const one = hand.handed[settled[at]!]
        if (one !== undefined) {
          const value = one.value as { k: string; n: number }
          expect(value.n).toBeGreaterThanOrEqual(started.get(value.k) ?? 0)
          started.set(value.k, value.n)
          order.push(value)
          settled[at]!++
          one.settle()
        }
        await new Promise((resolve) => setTimeout(resolve, at === 0 ? 3 : 0))
        if (at === 0 && settled[0] === 5) return
      }
    })
    const sending = (async () => {
      for (let n = 0; n < 120; n++) await producer.send({ k: `key${n % 7}`, n })
    })()
    await work[0]
    await consumers[0]!.close()
    await sending
    await producer.drain()
    stop = true
    await Promise.all(work)
    expect(new Set(order.map(({ n }) => n)).size).toBe(120)
    expect(producer.stats()).toMatchObject({ accepted: 120, delivered: 120 })
    await close()
  })

  it('joins several senders with several receivers, which all end', async () => {
    await using context = transport.open()
    const consumers = [0, 1].map(
      () => new Consumer({ context, bind: transport.any(), senders: 3, highWaterMark: 5 }),
    )
    const connect = (await Promise.all(consumers.map((consumer) => consumer.endpoints()))).flat()
    const producers = [0, 1, 2].map((at) => new Producer({ context, connect, identity: `sender/${at}` }))
    const seen: unknown[] = []
    const receiving = consumers.map(async (consumer) => {
      for await (const message of consumer) seen.push(message)
    })
    await Promise.all(
      producers.map(async (producer, at) => {
        await eventually(() => producer.stats().peers === 2)
        for (let n = 0; n < 100; n++) await producer.send(at * 100 + n)
        await producer.drain()
      }),
    )
    await Promise.all(receiving)
    expect(seen.toSorted((a, b) => Number(a) - Number(b))).toEqual(Array.from({ length: 300 }, (_, n) => n))
    expect(consumers.every((consumer) => consumer.stats().delivered > 50)).toBe(true)
    await Promise.all(consumers.map((consumer) => consumer.close()))
  })

  it('takes receivers in while it runs', async () => {
    await using context = transport.open()
    const { producer, consumers, hands, connect, close } = await fanOut(context, transport, [1])
    await producer.send(0)
    const second = producer.send(1)
    await hands[0]!.has(1)
    await aWhile()
    expect(producer.stats().accepted).toBe(1)
    const joined = new Consumer({ context, connect, highWaterMark: 1 })
    consumers.push(joined)
    const hand = new ByHand(joined)
    await second
    await hand.has(1)
    expect(hand.values()).toEqual([1])
    hand.handed[0]!.settle()
    hands[0]!.handed[0]!.settle()
    await producer.drain()
    await close()
  })
})
