/** DATA: what a sender may send, what a receiver takes, and what comes of the rest. */
import { Context } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { pack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { ackOf, joined, senderSession, slice, transfer, types } from '../support/bp-sessions.ts'
import { epochOf, hello, Stranger } from '../support/bp-stranger.ts'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'

async function consumerAndSender(highWaterMark: number) {
  const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*', highWaterMark })
  const [endpoint] = await consumer.endpoints()
  const hand = new ByHand(consumer)
  const sender = Stranger.connected(endpoint!)
  await sender.asSender(epochOf(1))
  return { consumer, hand, sender }
}

async function producerAndReceiver(highWaterMark: number, hwmBytes?: number) {
  const producer = new Producer<unknown>({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
  const [endpoint] = await producer.endpoints()
  const receiver = Stranger.connected(endpoint!)
  const { args } = await receiver.asReceiver(highWaterMark, hwmBytes)
  return { producer, receiver, epoch: args.epoch as Buffer }
}

describe('DATA', () => {
  it('BP-4 has the epoch, the first sequence number and flags, then the payload, then headers if any', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(10)
    await producer.send('a')
    const one = await receiver.next('DATA')
    expect(one.args).toEqual([epoch, 0, 0])
    expect(one).toMatchObject({ payload: ['a'], frames: 3 })
    await producer.send('b', { headers: { id: 'x' } })
    const two = await receiver.next('DATA')
    expect(two.args).toEqual([epoch, 1, 0])
    expect(two).toMatchObject({ payload: ['b'], frames: 4 })
    await producer.close()
    receiver[Symbol.dispose]()
  })

  it('BP-10 is followed by BLOCKED where its ack is waited for, credit or not', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(10)
    await producer.send('a')
    await receiver.next('DATA')
    expect(producer.offer('b', undefined, undefined)).toBe(true)
    producer.hasten()
    expect(producer.offer('c', undefined, undefined)).toBe(true)
    const sent: unknown[] = []
    while (sent.length < 2) sent.push(...((await receiver.next('DATA')).payload ?? []))
    expect(sent).toEqual(['b', 'c'])
    expect(await receiver.hear()).toMatchObject({ command: 'BLOCKED', args: [epoch, 3] })
    await producer.close()
    receiver[Symbol.dispose]()
  })

  it('BP-4 takes one value a frame, several, and headers, from a bare sender', async () => {
    const { consumer, hand, sender } = await consumerAndSender(10)
    await sender.say('DATA', [epochOf(1), 0, 0], pack('one'))
    await sender.say(
      'DATA',
      [epochOf(1), 1, 1],
      Buffer.concat([pack('two'), pack('three')]),
      Buffer.concat([pack(null), pack({ id: 'h' })]),
    )
    await hand.has(3)
    expect(
      hand.handed.map(({ value, redelivered, headers }) => [value, redelivered, headers?.['id']]),
    ).toEqual([
      ['one', false, undefined],
      ['two', true, undefined],
      ['three', true, 'h'],
    ])
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it.each([
    ['beyond the window', [epochOf(1), 0, 0], Buffer.from([1, 2, 3])],
    ['with a gap', [epochOf(1), 1, 0], Buffer.from([1])],
    ['with a payload that is cut off', [epochOf(1), 0, 0], Buffer.from([1, 0x92, 1])],
    ['with an empty payload', [epochOf(1), 0, 0], Buffer.alloc(0)],
  ])('BP-5 %s ends the session, and nothing else', async (_name, args, payload) => {
    const { consumer, hand, sender } = await consumerAndSender(2)
    await sender.say('DATA', args, payload)
    const { args: bye } = await sender.next('BYE')
    expect(bye[1]).toBe('protocol')
    expect(consumer.stats()).toMatchObject({ received: 0, peers: 0 })
    // The same connection may begin anew.
    await sender.asSender(epochOf(2))
    await sender.say('DATA', [epochOf(2), 0, 0], Buffer.from([5]))
    await hand.has(1)
    expect(hand.values()).toEqual([5])
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it('BP-5 a mark that shrinks does not punish what was sent under the larger one', () => {
    const { sender, receiver } = joined(10)
    receiver.pause(true)
    const ack = ackOf(receiver.reception!.ack(1))
    expect(ack.highWaterMark).toBe(0)
    // The sender has not heard of it yet.
    const data = sender.send(slice(...Array.from({ length: 10 }, (_, n) => n)), 1)
    const step = receiver.receive(data, 2)
    expect(step.error).toBeUndefined()
    expect(step.delivery).toBe(data)
    sender.receive(ack, 3)
    expect(sender.credit).toBe(0)
  })

  it('BP-5 a sender never goes beyond the mark it knows', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(3)
    const sends = Array.from({ length: 9 }, (_, n) => producer.send(n))
    let got = 0
    while (got < 3) got += (await receiver.next('DATA')).payload!.length
    expect(got).toBe(3)
    await receiver.say('ACK', [epoch, 1, [[0, 2]], [], false])
    expect((await receiver.next('DATA')).payload).toEqual([3])
    await receiver.say('ACK', [epoch, 5, [[3, 3]], [], false])
    got = 0
    while (got < 5) got += (await receiver.next('DATA')).payload!.length
    expect(got).toBe(5)
    await Promise.all(sends)
    await producer.close()
    receiver[Symbol.dispose]()
  })

  it('BP-6 of another epoch is discarded and counted', async () => {
    const { consumer, hand, sender } = await consumerAndSender(4)
    await sender.say('DATA', [epochOf(77), 0, 0], Buffer.from([1]))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([2]))
    await hand.has(1)
    expect(hand.values()).toEqual([2])
    expect(consumer.stats().refused).toBe(1)
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it('BP-6 what was not begun when its sender began anew is discarded, not handled twice', async () => {
    const consumer = new Consumer<number>({
      context: new Context(),
      bind: 'tcp://127.0.0.1:*',
      highWaterMark: 10,
    })
    const [endpoint] = await consumer.endpoints()
    const loop = consumer[Symbol.asyncIterator]()
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([1, 2, 3]))
    expect((await loop.next()).value).toBe(1)
    await sender.asSender(epochOf(2))
    await sender.say('DATA', [epochOf(2), 0, 1], Buffer.from([1, 2, 3]))
    const seen: number[] = []
    for (let n = 0; n < 3; n++) seen.push((await loop.next()).value as number)
    expect(seen).toEqual([1, 2, 3])
    expect(consumer.stats()).toMatchObject({ received: 4, delivered: 3, held: 1 })
    await consumer.close()
  })

  it('BP-6 a sender that has connected again takes the place of its old connection', async () => {
    const { consumer, hand, sender } = await consumerAndSender(4)
    const [endpoint] = await consumer.endpoints()
    using again = Stranger.connected(endpoint!)
    await again.asSender(epochOf(2))
    const { args } = await sender.next('BYE')
    expect([Buffer.from(args[0]), args[1]]).toEqual([epochOf(1), 'replaced'])
    await again.say('DATA', [epochOf(2), 0, 0], Buffer.from([9]))
    await hand.has(1)
    expect(consumer.stats().peers).toBe(1)
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it('BP-13 a mark of 0 pauses the sender, and a change of it is announced at once', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(0)
    void producer.send('held back').catch(() => undefined)
    expect((await receiver.hear()).command).toBe('BLOCKED')
    expect(producer.stats()).toMatchObject({ accepted: 0, inFlight: 0 })
    await receiver.say('ACK', [epoch, 1, [], [], false])
    expect((await receiver.next('DATA')).payload).toEqual(['held back'])
    await producer.close()
    receiver[Symbol.dispose]()
    const { consumer, sender } = await consumerAndSender(6)
    consumer.pause()
    expect((await sender.next('ACK')).args[1]).toBe(0)
    consumer.resume()
    expect((await sender.next('ACK')).args[1]).toBe(6)
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it('BP-14 what is unacked goes back to the head, in order, without what was acked', () => {
    const { sender, receiver } = joined(10)
    transfer(sender, receiver, [0, 1, 2])
    transfer(sender, receiver, [3, 4, 5])
    receiver.reception!.finish(1, 1)
    receiver.reception!.finish(4, 4)
    sender.receive(receiver.reception!.ack(1)!, 1)
    const returned = sender.lost()
    expect(returned.flatMap(({ batch }) => batch.values())).toEqual([0, 2, 3, 5])
    expect(returned.every(({ redelivered }) => redelivered)).toBe(true)
    const again = senderSession('bound')
    again.receive(
      {
        type: 'hello',
        position: { version: 1, role: 'receiver', id: 'r', codec: 'msgpack', highWaterMark: 9 },
      },
      2,
    )
    expect(again.send(returned[0]!, 2)).toMatchObject({ first: 0, redelivered: true })
  })

  it('BP-18 a frame does not make the octets outstanding exceed hwmBytes, unless nothing is outstanding', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(100, 1_000)
    const sends = Array.from({ length: 4 }, () => producer.send(Buffer.alloc(400)))
    void producer.send(Buffer.alloc(5_000)).catch(() => undefined)
    let got = 0
    while (got < 2) got += (await receiver.next('DATA')).payload!.length
    await aWhile()
    expect(producer.stats().inFlight).toBe(2)
    await receiver.say('ACK', [epoch, 100, [[0, 1]], [], false])
    while (got < 4) got += (await receiver.next('DATA')).payload!.length
    await aWhile()
    expect(producer.stats().inFlight).toBe(2)
    await receiver.say('ACK', [epoch, 100, [[2, 3]], [], false])
    expect((await receiver.next('DATA')).payload).toHaveLength(1)
    await Promise.all(sends)
    await producer.close()
    receiver[Symbol.dispose]()
  })

  it.each([
    ['an unknown command', ['NONSENSE', pack([])]],
    ['a command alone', ['ACK']],
    ['args that are not an array', ['END', pack({})]],
    ['args that are too few', ['ACK', pack([epochOf(1), 1])]],
    ['an epoch that is too short', ['END', pack([Buffer.alloc(3), 0])]],
    ['a negative number', ['END', pack([epochOf(1), -1])]],
    ['frames that are too many', ['END', pack([epochOf(1), 0]), 'more']],
    ['octets behind the args', ['END', Buffer.concat([pack([epochOf(1), 0]), pack(1)])]],
    ['what only a receiver says', ['ACK', pack([epochOf(1), 1, [], [], false])]],
    ['noise', [Buffer.from([0xff, 0x00, 0xc1])]],
  ])('BP-19 %s ends the session with BYE', async (_name, frames) => {
    const { consumer, sender } = await consumerAndSender(4)
    await sender.raw(frames)
    expect((await sender.next('BYE')).args[1]).toBe('protocol')
    await eventually(() => consumer.stats().peers === 0)
    sender[Symbol.dispose]()
    await consumer.close()
  })

  it('BP-19 elements beyond those named are ignored', async () => {
    const { producer, receiver, epoch } = await producerAndReceiver(1)
    await producer.send('a')
    await receiver.next('DATA')
    await receiver.say('ACK', [epoch, 1, [[0, 0]], [], false, 1, 'and more'])
    await eventually(() => producer.stats().delivered === 1)
    await producer.close()
    receiver[Symbol.dispose]()
  })

  it('SEC-5 what one peer does wrong does not change what others get', async () => {
    const { consumer, hand, sender } = await consumerAndSender(4)
    const [endpoint] = await consumer.endpoints()
    using bad = Stranger.connected(endpoint!)
    for (let n = 0; n < 50; n++) await bad.raw([Buffer.from([n, 0xc1, n])])
    await bad.say('HELLO', { ...hello('sender'), epoch: 'no epoch' })
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([3]))
    await hand.has(1)
    await eventually(() => consumer.stats().refused === 51)
    expect(consumer.stats().peers).toBe(1)
    expect(types([])).toEqual([])
    sender[Symbol.dispose]()
    await consumer.close()
  })
})
