/** How a backpressure link ends: drain, end of stream, close, signals. */
import { backpressure, Consumer, Producer } from '@sluice/patterns/backpressure'
import { ClosedError, defaultLimits, systemClock } from '@sluice/core'
import type { Ports } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'
import type { Transport } from '../support/transports.ts'

async function linked(context: Ports, transport: Transport, highWaterMark: number | 'auto' = 10) {
  const consumer = new Consumer<unknown>({ context, bind: transport.any(), highWaterMark })
  const [connect] = await consumer.endpoints()
  const producer = new Producer<unknown>({ context, connect: connect! })
  await producer.ready()
  return { producer, consumer, connect: connect! }
}

describe.each(transports)('the end of backpressure over $name', (transport) => {
  it('drains at once where nobody ever was and nothing was sent', async () => {
    await using context = transport.open()
    const producer = new Producer({ context, bind: transport.any() })
    await producer.drain()
    expect(await producer.closed).toBeUndefined()
  })

  it('waits with a drain until somebody comes for what is pending', async () => {
    await using context = transport.open()
    const producer = new Producer<unknown>({ context, bind: transport.any() })
    const [connect] = await producer.endpoints()
    const lost = new Consumer<unknown>({ context, connect: connect!, highWaterMark: 10 })
    const hand = new ByHand(lost)
    await producer.send('pending')
    await hand.has(1)
    await lost.close()
    await eventually(() => producer.stats().pending === 1)
    const drained = producer.drain()
    const next = new Consumer<unknown>({ context, connect: connect!, highWaterMark: 10 })
    const seen: unknown[] = []
    for await (const message of next) seen.push(message)
    await drained
    expect(seen).toEqual(['pending'])
    await next.close()
  })

  it('drains waiting sends too', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport, 1)
    const hand = new ByHand(consumer)
    const sends = [0, 1, 2].map((n) => producer.send(n))
    const drained = producer.drain()
    await expect(producer.send(3)).rejects.toThrow(/already draining/)
    for (let n = 0; n < 3; n++) {
      await hand.has(n + 1)
      hand.handed[n]!.settle()
    }
    await Promise.all([...sends, drained])
    expect(producer.stats()).toMatchObject({ accepted: 3, delivered: 3 })
    await consumer.close()
  })

  it('does not end before everything is finished', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport)
    const hand = new ByHand(consumer)
    let ended = false
    void consumer.ended.then(() => {
      ended = true
    })
    await producer.send('last')
    await hand.has(1)
    let drained = false
    const draining = producer.drain().then(() => {
      drained = true
    })
    // A stage that gathers messages is told that nothing more comes, and everything else waits for it.
    await hand.until(() => hand.last)
    await aWhile()
    expect([ended, drained]).toEqual([false, false])
    hand.handed[0]!.settle()
    await draining
    await consumer.ended
    await consumer.close()
  })

  it('ends an iteration when every sender has ended', async () => {
    await using context = transport.open()
    const consumer = new Consumer<number>({ context, bind: transport.any(), senders: 2 })
    const [connect] = await consumer.endpoints()
    const one = new Producer({ context, connect: connect!, identity: 'one' })
    const two = new Producer({ context, connect: connect!, identity: 'two' })
    const seen: number[] = []
    const reading = (async () => {
      for await (const message of consumer) seen.push(message)
    })()
    await one.send(1)
    await one.drain()
    await two.send(2)
    await aWhile()
    await two.drain()
    await reading
    expect(seen).toEqual([1, 2])
    await consumer.close()
  })

  it('does not count a sender twice that ended and came again', async () => {
    await using context = transport.open()
    const consumer = new Consumer<number>({ context, bind: transport.any(), senders: 2 })
    const [connect] = await consumer.endpoints()
    const reading = (async () => {
      let sum = 0
      for await (const message of consumer) sum += message
      return sum
    })()
    for (const [value, identity] of [
      [1, 'same'],
      [2, 'same'],
      [4, 'other'],
    ] as const) {
      const producer = new Producer({ context, connect: connect!, identity })
      await producer.send(value)
      await producer.drain()
    }
    expect(await reading).toBe(7)
    await consumer.close()
  })

  it('ends without an expected sender when it is told that no more come', async () => {
    await using context = transport.open()
    const consumer = new Consumer({ context, bind: transport.any(), senders: 2 })
    const [connect] = await consumer.endpoints()
    const producer = new Producer({ context, connect: connect! })
    const hand = new ByHand(consumer)
    await producer.send(1)
    await hand.has(1)
    hand.handed[0]!.settle()
    await producer.drain()
    consumer.noMoreSenders()
    await consumer.ended
    await consumer.close()
  })

  it('leaves the message in hand unfinished when its loop is left', async () => {
    await using context = transport.open()
    const producer = new Producer<unknown>({ context, bind: transport.any() })
    const [connect] = await producer.endpoints()
    const left = new Consumer<unknown>({ context, connect: connect!, highWaterMark: 10 })
    const sends = [0, 1, 2].map((n) => producer.send(n))
    for await (const message of left) if (message === 1) break
    await Promise.all(sends)
    await eventually(() => producer.stats().delivered === 1)
    await left.close()
    const next = new Consumer<unknown>({ context, connect: connect!, highWaterMark: 10 })
    const hand = new ByHand(next)
    await hand.has(2)
    expect(hand.handed.map(({ value, redelivered }) => [value, redelivered])).toEqual([
      [1, true],
      [2, true],
    ])
    for (const one of hand.handed) one.settle()
    await producer.drain()
    await next.close()
  })

  it('drains a receiver: what it holds is finished, what comes later goes elsewhere', async () => {
    await using context = transport.open()
    const { producer, consumer } = await linked(context, transport)
    const hand = new ByHand(consumer)
    await producer.send('held')
    await hand.has(1)
    const drained = consumer.drain()
    await producer.send('later').catch(() => undefined)
    await aWhile()
    hand.handed[0]!.settle()
    await drained
    await eventually(() => producer.stats().delivered === 1)
    expect(hand.values()).toEqual(['held'])
    await eventually(() => producer.stats().peers === 0)
    expect(producer.stats()).toMatchObject({ pending: 1, inFlight: 0 })
    await producer.close()
  })

  it('rejects waits with the reason of their signal, as it is', async () => {
    await using context = transport.open()
    const producer = new Producer({ context, bind: transport.any() })
    const reason = new Error('enough')
    await expect(producer.ready({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await expect(producer.send(1, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    const abort = new AbortController()
    const waits = [producer.ready(abort), producer.send(2, abort)]
    abort.abort(reason)
    for (const wait of waits) await expect(wait).rejects.toBe(reason)
    const waiting = producer.send(3).catch((error: unknown) => error)
    await expect(producer.drain({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    await producer.close()
    expect(await waiting).toBeInstanceOf(ClosedError)
    const consumer = new Consumer({ context, bind: transport.any() })
    const loop = consumer.messages({ signal: AbortSignal.abort(reason) }).next()
    await expect(loop).rejects.toBe(reason)
    await consumer.close()
  })

  it('leaves an await using block drained', async () => {
    await using context = transport.open()
    await using consumer = new Consumer<number>({ context, bind: transport.any() })
    const [connect] = await consumer.endpoints()
    const reading = (async () => {
      let sum = 0
      for await (const message of consumer) sum += message
      return sum
    })()
    {
      await using producer = new Producer<number>({ context, connect: connect! })
      for (let n = 1; n <= 10; n++) await producer.send(n)
    }
    expect(await reading).toBe(55)
  })

  it('is what the pattern makes of a site', async () => {
    await using context = transport.open()
    const pattern = backpressure({ highWaterMark: 4 })
    const site = {
      ports: context,
      senders: 1,
      trusted: true,
      concurrency: 1,
      clock: systemClock,
      random: Math.random,
      limits: defaultLimits,
    }
    const receiver = pattern.receiver({ ...site, bind: [transport.any()], connect: [], identity: 'dryer/0' })
    const connect = await receiver.endpoints()
    const sender = pattern.sender({ ...site, bind: [], connect, identity: 'washer/0' })
    const hand = new ByHand(receiver)
    await sender.ready()
    expect(await sender.offer('dish', undefined, undefined)).toBe(true)
    await hand.has(1)
    hand.handed[0]!.settle()
    await sender.drain()
    await receiver.ended
    await receiver.drain()
    expect(pattern.options).toMatchObject({
      highWaterMark: 4,
      highWaterMarkBytes: 67_108_864,
      ack: 'finished',
    })
  })
})
