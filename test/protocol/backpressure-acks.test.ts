/** ACK, BLOCKED and END: credit, probes and the end of the stream. */
import { Context } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import { ackOf, joined, senderSession, transfer, types } from '../support/bp-sessions.ts'
import { epochOf, Stranger } from '../support/bp-stranger.ts'
import { ByHand, eventually } from '../support/by-hand.ts'

describe('ACK', () => {
  it('BP-7 has the epoch, the mark, ranges, what was rejected and whether all has ended', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*', highWaterMark: 9 })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([0, 1, 2, 3, 4, 5]))
    await hand.has(6)
    for (const at of [0, 1, 4]) hand.handed[at]!.settle()
    hand.handed[2]!.settle('deadLettered', new Error('bad salad'))
    hand.handed[5]!.settle('failed', new Error('dropped it'))
    const { args } = await sender.next('ACK')
    const [epoch, mark, ranges, rejected, ended] = args
    expect(Buffer.from(epoch)).toEqual(epochOf(1))
    expect([mark, ended]).toEqual([9, false])
    expect(ranges).toEqual([
      [0, 1],
      [4, 4],
    ])
    expect(rejected).toEqual([
      [2, 2, 'dead-lettered', 'bad salad'],
      [5, 5, 'failed', 'dropped it'],
    ])
    await consumer.close()
  })

  it('BP-7 naming messages again changes nothing', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using receiver = Stranger.connected(endpoint!)
    const { epoch } = (await receiver.asReceiver(4)).args
    for (let n = 0; n < 4; n++) await producer.send(n)
    let got = 0
    while (got < 4) got += (await receiver.next('DATA')).payload!.length
    await receiver.say('ACK', [epoch, 4, [[1, 2]], [[3, 3, 'dead-lettered', 'no']], false])
    for (let n = 0; n < 3; n++) {
      await receiver.say('ACK', [epoch, 4, [[1, 3]], [[1, 1, 'failed', 'late']], false])
    }
    await receiver.say('ACK', [epoch, 4, [[0, 3]], [], false])
    await eventually(() => producer.stats().inFlight === 0)
    expect(producer.stats()).toMatchObject({ accepted: 4, delivered: 3, deadLettered: 1, failed: 0 })
    await producer.close()
  })

  it('BP-7 is repeated after a second while messages are outstanding or the sender is blocked', () => {
    const { sender, receiver } = joined(4)
    transfer(sender, receiver, [0, 1, 2], 100)
    receiver.reception!.finish(0, 0)
    const ack = ackOf(receiver.reception!.ack(200))
    expect(receiver.tick(1_100)).toEqual([])
    const repeated = ackOf(receiver.tick(1_200)[0])
    expect({ ...repeated, serial: 0 }).toEqual({ ...ack, serial: 0 })
    expect(receiver.tick(2_100)).toEqual([])
    expect(types(receiver.tick(2_200))).toEqual(['ack'])
    receiver.reception!.finish(1, 2)
    receiver.reception!.ack(2_300)
    expect(receiver.deadline()).toBe(Infinity)
  })

  it('BP-8 of what was never sent ends the session, and all of it is sent again', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using receiver = Stranger.connected(endpoint!)
    const { epoch } = (await receiver.asReceiver(4)).args
    await producer.send('a')
    await receiver.next('DATA')
    await receiver.say('ACK', [epoch, 4, [[0, 1]], [], false])
    const { args } = await receiver.next('BYE')
    expect(args[1]).toBe('protocol')
    expect(args[2]).toContain('BP-8')
    const again = await receiver.asReceiver(4)
    const data = await receiver.next('DATA')
    expect(data.args).toEqual([again.args.epoch, 0, 1])
    expect(producer.stats().delivered).toBe(0)
    await producer.close()
  })

  it('BP-9 comes when a handler has finished a message, not before', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*', highWaterMark: 4 })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([0, 1]))
    await hand.has(2)
    await sender.say('BLOCKED', [epochOf(1), 2])
    // The mark was opened with the first ACK; this one answers the probe: nothing is finished.
    let { args } = await sender.next('ACK')
    while (args[5] < 2) ({ args } = await sender.next('ACK'))
    expect(args[2]).toEqual([])
    hand.handed[1]!.settle()
    expect((await sender.next('ACK')).args[2]).toEqual([[1, 1]])
    await consumer.close()
  })

  it('BP-20 with a serial lower than one that was seen does not change the mark', () => {
    const { sender } = joined(4)
    const probe = sender.probe(0)!
    if (probe.type !== 'blocked') throw new Error('no probe')
    const { epoch } = probe
    const ack = { type: 'ack', epoch, ranges: [], rejected: [], ended: false, compact: false } as const
    sender.receive({ ...ack, highWaterMark: 2, serial: 5 }, 1)
    sender.receive({ ...ack, highWaterMark: 50, serial: 4 }, 2)
    expect(sender.credit).toBe(2)
    sender.receive({ ...ack, highWaterMark: 7, serial: undefined }, 3)
    expect(sender.credit).toBe(7)
  })

  it('BP-13 announces a wider window to a sender that is blocked while messages are finished fast', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    consumer.start((delivery) => {
      for (const index of delivery.values.keys()) delivery.settle(index, 'delivered')
    })
    using sender = Stranger.connected(endpoint!)
    let mark = (await sender.asSender(epochOf(1))).args.hwm as number
    let next = 0
    // However slow the machine: more than fifty of these are finished in 20 ms.
    while (mark < 50) {
      await sender.say('DATA', [epochOf(1), next, 0], Buffer.alloc(mark))
      next += mark
      await sender.say('BLOCKED', [epochOf(1), next])
      for (let acked = 0; acked < next;) {
        const { args } = await sender.next('ACK')
        mark = args[1] as number
        for (const [, last] of args[2] as [number, number][]) acked = Math.max(acked, last + 1)
      }
    }
    expect(consumer.stats().delivered).toBe(next)
    await consumer.close()
  })
})

describe('BLOCKED', () => {
  it('BP-10 is said when messages begin to wait for credit, and every second while they do', () => {
    const { sender, receiver } = joined(2)
    transfer(sender, receiver, [0, 1], 100)
    expect(sender.credit).toBe(0)
    expect(sender.block(100)).toMatchObject({ type: 'blocked', next: 2 })
    expect(sender.block(150)).toBeUndefined()
    expect(sender.tick(1_099)).toEqual([])
    expect(types(sender.tick(1_100))).toEqual(['blocked'])
    expect(types(sender.tick(2_100))).toEqual(['blocked'])
    receiver.reception!.finish(0, 0)
    sender.receive(receiver.reception!.ack(2_200)!, 2_200)
    // What is still in flight is asked after when nothing was heard for a second.
    expect(sender.deadline()).toBe(3_200)
  })

  it('BP-10 is left to the second where it begins again within 10 ms', () => {
    const { sender, receiver } = joined(2)
    transfer(sender, receiver, [0, 1], 100)
    expect(sender.block(100)).toMatchObject({ type: 'blocked' })
    receiver.reception!.finish(0, 1)
    sender.receive(receiver.reception!.ack(101)!, 101)
    transfer(sender, receiver, [2, 3], 102)
    expect(sender.block(102)).toBeUndefined()
    expect(sender.tick(1_099)).toEqual([])
    expect(sender.tick(1_100)).toMatchObject([{ type: 'blocked', next: 4 }])
    receiver.reception!.finish(2, 3)
    sender.receive(receiver.reception!.ack(1_200)!, 1_200)
    transfer(sender, receiver, [4, 5], 1_200)
    expect(sender.block(1_200)).toMatchObject({ type: 'blocked', next: 6 })
  })

  it('BP-10 is said as a probe when messages are in flight and nothing came for a second', () => {
    const { sender, receiver } = joined(10)
    transfer(sender, receiver, ['a'], 5_000)
    expect(sender.tick(5_999)).toEqual([])
    const [probe] = sender.tick(6_000)
    expect(probe).toMatchObject({ type: 'blocked', next: 1 })
    const step = receiver.receive(probe!, 6_001)
    expect(step.owes).toBe(true)
    expect(types([receiver.reception!.ack(6_001)!])).toEqual(['ack'])
  })

  it('BP-10 heals the loss of an ACK', () => {
    const { sender, receiver } = joined(10)
    transfer(sender, receiver, ['a', 'b'], 0)
    receiver.reception!.finish(0, 1)
    receiver.reception!.ack(1)
    receiver.receive(sender.tick(1_000)[0]!, 1_000)
    const step = sender.receive(receiver.reception!.ack(1_000)!, 1_000)
    expect(step.settled.map(({ from, to }) => to - from)).toEqual([2])
    expect(sender.inFlight).toBe(0)
  })

  it('BP-5 tells of a loss: the session ends and begins anew', () => {
    const { sender, receiver } = joined(10)
    transfer(sender, receiver, ['a'], 0)
    sender.send({ ...sendable('b') }, 1)
    const step = receiver.receive(sender.probe(2)!, 2)
    expect(types(step.packets)).toEqual(['bye'])
    const { returned } = sender.receive(step.packets[0]!, 3)
    expect(returned.flatMap(({ batch }) => batch.values())).toEqual(['a', 'b'])
    expect(sender.deadline()).toBe(3 + 250)
  })

  it('BP-21 may say that nothing follows, and a receiver that gathers need not wait', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([0]))
    await sender.say('BLOCKED', [epochOf(1), 1])
    await hand.has(1)
    expect(hand.last).toBe(false)
    await sender.say('BLOCKED', [epochOf(1), 1, true])
    await hand.until(() => hand.last)
    await consumer.close()
  })
})

describe('END', () => {
  it('BP-11 is answered with ended once everything before it is settled', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([0, 1]))
    await sender.say('END', [epochOf(1), 2])
    await hand.until(() => hand.last)
    let ack = await sender.next('ACK')
    while (ack.args[5] < 2) ack = await sender.next('ACK')
    expect(ack.args[4]).toBe(false)
    for (const one of hand.handed) one.settle()
    ack = await sender.next('ACK')
    expect(ack.args[2]).toEqual([[0, 1]])
    expect(ack.args[4]).toBe(true)
    await consumer.ended
    await consumer.close()
  })

  it('BP-11 is repeated every second until that answer', () => {
    const { sender, receiver } = joined()
    const end = sender.end(10)
    expect(end).toMatchObject({ type: 'end', next: 0 })
    expect(sender.tick(1_000)).toEqual([])
    expect(sender.tick(1_010)).toEqual([end])
    expect(sender.tick(2_010)).toEqual([end])
    receiver.receive(end!, 2_010)
    sender.receive(receiver.reception!.ack(2_010)!, 2_010)
    expect(sender.state).toBe('ended')
    expect(sender.deadline()).toBe(Infinity)
  })

  it('BP-11 DATA after it ends the session', () => {
    const { sender, receiver } = joined()
    const late = sender.send(sendable('late'), 1)
    if (late.type !== 'data') throw new Error('no DATA')
    receiver.receive({ type: 'end', epoch: late.epoch, next: 0 }, 2)
    const step = receiver.receive(late, 3)
    expect(step.error?.message).toContain('BP-11')
    expect(types(step.packets)).toEqual(['bye'])
  })

  it('BP-11 a sender whose receiver vanishes while END alone is unanswered has ended', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    {
      using receiver = Stranger.connected(endpoint!)
      const { epoch } = (await receiver.asReceiver(4)).args
      await producer.send('a')
      await receiver.next('DATA')
      await receiver.say('ACK', [epoch, 4, [[0, 0]], [], false])
      await eventually(() => producer.stats().delivered === 1)
      void producer.drain()
      expect((await receiver.next('END')).args).toEqual([epoch, 1])
    }
    await producer.drain()
    expect(await producer.closed).toBeUndefined()
  })
})

function sendable(value: unknown) {
  const { sender, receiver } = joined()
  transfer(sender, receiver, [value])
  return sender.lost()[0]!
}

describe('a sender session', () => {
  it('BP-12 throws for DATA before it is live, which is a defect of its driver', () => {
    expect(() => senderSession('bound').send(sendable('x'), 0)).toThrow(TypeError)
  })
})
