/** When an ACK goes out, when it waits for more to say, and when it is asked for. */
import { Context } from '@sluice/core'
import { Consumer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import { ackOf, joined, transfer } from '../support/bp-sessions.ts'
import { epochOf, Stranger } from '../support/bp-stranger.ts'
import { ByHand } from '../support/by-hand.ts'

describe('ACK', () => {
  it('BP-10 is asked for further down once for each half of a given mark that waits only for it', () => {
    const { sender, receiver } = joined(4)
    const reception = receiver.reception!
    transfer(sender, receiver, [0, 1, 2, 3], 10)
    expect([1, 1, 1, 1].map((count) => reception.handled(count))).toEqual([false, true, false, true])
    reception.settledAfter(4)
    reception.finish(0, 3)
    sender.receive(reception.ack(11)!, 11)
    transfer(sender, receiver, [4, 5], 12)
    expect([1, 1].map((count) => reception.handled(count))).toEqual([false, true])
  })

  it('BP-10 is not asked for further down by a window that sizes itself: it has room for more meanwhile', () => {
    const { sender, receiver } = joined('auto')
    const reception = receiver.reception!
    transfer(sender, receiver, [0, 1, 2, 3], 10)
    expect([1, 1, 1, 1].map((count) => reception.handled(count))).toEqual([false, false, false, false])
  })

  it('BP-9 waits for more to say while the sender has credit and does not ask', () => {
    const { sender, receiver } = joined(10)
    const reception = receiver.reception!
    reception.ack(0)
    transfer(sender, receiver, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 10)
    reception.finish(0, 3)
    expect(reception.dueAck(11)).toBeUndefined()
    reception.finish(4, 4)
    expect(ackOf(reception.dueAck(12)).ranges).toEqual([[0, 4]])
    reception.finish(5, 5)
    expect(reception.dueAck(13)).toBeUndefined()
    receiver.receive(sender.block(14)!, 14)
    expect(ackOf(reception.dueAck(14)).ranges).toEqual([[0, 5]])
    reception.finish(6, 6)
    expect(ackOf(reception.dueAck(15)).ranges).toEqual([[6, 6]])
  })

  it('BP-9 does not wait where the sender has used up its credit and somebody here has nothing to do', () => {
    const { sender, receiver } = joined(8, 0, 6)
    const reception = receiver.reception!
    reception.ack(0)
    transfer(sender, receiver, [0, 1, 2, 3, 4, 5, 6, 7], 10)
    reception.finish(0, 1)
    expect(reception.dueAck(11)).toBeUndefined()
    reception.finish(2, 2)
    expect(ackOf(reception.dueAck(12)).ranges).toEqual([[0, 2]])
  })

  it('BP-9 does not wait for more to say where a message came alone', () => {
    const { sender, receiver } = joined(10)
    const reception = receiver.reception!
    reception.ack(0)
    transfer(sender, receiver, [0], 100)
    reception.finish(0, 0)
    expect(ackOf(reception.dueAck(100)).ranges).toEqual([[0, 0]])
    transfer(sender, receiver, [1], 101)
    reception.finish(1, 1)
    expect(reception.dueAck(101)).toBeUndefined()
  })

  it('BP-9 waits for more to say while there is more, though not for ever', () => {
    const { sender, receiver } = joined(1_000)
    const reception = receiver.reception!
    reception.ack(0)
    for (let n = 0; n < 20; n++) {
      transfer(sender, receiver, [n], n)
      reception.finish(n, n)
      expect(reception.dueAck(n)).toBeUndefined()
      expect(reception.ackBy).toBe(n + 8)
    }
    transfer(sender, receiver, [20], 20)
    reception.finish(20, 20)
    expect(ackOf(reception.dueAck(20)).ranges).toEqual([[0, 20]])
    expect(reception.ackBy).toBe(Infinity)
  })

  it('BP-9 leaves the last of a flow to a timer that is not due soon', () => {
    const { receiver, finish } = flowing()
    const reception = receiver.reception!
    finish(21)
    expect(reception.dueAck(21)).toBeUndefined()
    finish(22)
    expect(reception.dueAck(22)).toBeUndefined()
    expect(reception.ackBy).toBe(21 + 40)
    expect(ackOf(reception.ack(61)).ranges).toEqual([[21, 22]])
    // After a pause it is no flow any more.
    finish(70)
    expect(ackOf(reception.dueAck(70)).ranges).toEqual([[23, 23]])
    finish(71)
    expect(reception.dueAck(71)).toBeUndefined()
    expect(reception.ackBy).toBe(79)
  })

  it('BP-9 answers at once the sender that asks, in a flow too', () => {
    const { sender, receiver, finish } = flowing()
    const reception = receiver.reception!
    finish(21)
    expect(reception.dueAck(21)).toBeUndefined()
    receiver.receive(sender.last(22)!, 22)
    expect(ackOf(reception.dueAck(22)).ranges.at(-1)).toEqual([0, 21])
  })

  it('BP-9 waits for no more than so many frames', () => {
    const { sender, receiver } = joined(10_000)
    const reception = receiver.reception!
    reception.ack(0)
    for (let n = 0; n < 255; n++) {
      transfer(sender, receiver, [n], 1)
      reception.finish(n, n)
      expect(reception.dueAck(1)).toBeUndefined()
    }
    transfer(sender, receiver, [255], 1)
    reception.finish(255, 255)
    expect(ackOf(reception.dueAck(1)).ranges).toEqual([[0, 255]])
  })

  it('BP-9 waits no longer for what is settled after its handler was done with it', () => {
    const { sender, receiver } = joined(10)
    const reception = receiver.reception!
    reception.ack(0)
    transfer(sender, receiver, [0, 1], 1)
    reception.handled(1)
    expect(reception.dueAck(1)).toBeUndefined()
    expect(reception.ackBy).toBe(Infinity)
    reception.settledAfter(1)
    reception.finish(0, 0)
    expect(reception.dueAck(5)).toBeUndefined()
    expect(reception.ackBy).toBe(13)
  })

  it('BP-9 comes seldom where a window that sizes itself began small', () => {
    const { sender, receiver } = joined('auto')
    const reception = receiver.reception!
    reception.ack(0)
    let acks = 0
    for (let n = 0; n < 1_000; n++) {
      transfer(sender, receiver, [n], n)
      reception.finish(n, n)
      const ack = reception.dueAck(n + 0.1)
      if (ack === undefined) continue
      acks++
      sender.receive(ack, n + 0.1)
    }
    expect(acks).toBeLessThan(70)
  })

  it('BP-9 comes when little is finished and nothing is left to do', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*', highWaterMark: 100 })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([0, 1]))
    await hand.has(2)
    hand.handed[0]!.settle()
    let { args } = await sender.next('ACK')
    while (args[2].length === 0) ({ args } = await sender.next('ACK'))
    expect(args[2]).toEqual([[0, 0]])
    await consumer.close()
  })
})

/** A session in which a message came and was finished every millisecond, for 20 of them; `finish` brings and finishes another. */
function flowing() {
  const { sender, receiver } = joined(1_000)
  const reception = receiver.reception!
  reception.ack(0)
  let next = 0
  const finish = (now: number): void => {
    transfer(sender, receiver, [next], now)
    reception.finish(next, next)
    next++
  }
  for (let now = 0; now <= 20; now++) {
    finish(now)
    reception.dueAck(now)
  }
  return { sender, receiver, finish }
}
