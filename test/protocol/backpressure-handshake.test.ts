/** How a backpressure session begins, and how it ends before its time. */
import { Context } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import {
  joined,
  positionOf,
  receiverSession,
  senderSession,
  slice,
  transfer,
  types,
} from '../support/bp-sessions.ts'
import { epochOf, hello, Stranger } from '../support/bp-stranger.ts'
import { ByHand, eventually } from '../support/by-hand.ts'

describe('HELLO and WELCOME', () => {
  it('BP-1 a connecting sender says HELLO first, with its positions', async () => {
    using receiver = await Stranger.bound()
    const producer = new Producer({
      context: new Context(),
      connect: receiver.endpoint,
      identity: 'washer/0',
    })
    const heard = await receiver.hear()
    expect(heard).toMatchObject({ command: 'HELLO', frames: 2 })
    expect(heard.args).toMatchObject({
      v: 1,
      role: 'sender',
      id: 'washer/0',
      codec: 'msgpack',
      next: 0,
      acked: 0,
    })
    expect(heard.args.epoch).toHaveLength(8)
    await producer.close()
  })

  it('BP-1 a connecting receiver says HELLO first, with its marks', async () => {
    using sender = await Stranger.bound()
    const consumer = new Consumer({ context: new Context(), connect: sender.endpoint, highWaterMark: 7 })
    consumer.start(() => {})
    const heard = await sender.hear()
    expect(heard.args).toMatchObject({
      v: 1,
      role: 'receiver',
      codec: 'msgpack',
      hwm: 7,
      hwmBytes: 67_108_864,
    })
    expect(heard.args).not.toHaveProperty('epoch')
    await consumer.close()
  })

  it('BP-1 HELLO is repeated after 250 ms, doubling to 2 s, until there is a WELCOME', () => {
    for (const session of [senderSession('connecting'), receiverSession('connecting')]) {
      const [first] = session.open(0)
      const said: number[] = []
      for (let now = 1; now <= 8_000; now++) {
        const packets = session.tick(now)
        if (packets.length === 0) continue
        expect(packets).toEqual([first])
        said.push(now)
      }
      expect(said).toEqual([250, 750, 1_750, 3_750, 5_750, 7_750])
    }
    const { sender } = joined()
    expect(sender.deadline()).toBe(Infinity)
  })

  it('BP-2 a bound receiver echoes the epoch and says what it expects', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*', highWaterMark: 5 })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    const { args } = await sender.asSender(epochOf(1))
    expect(args).toMatchObject({
      v: 1,
      role: 'receiver',
      codec: 'msgpack',
      next: 0,
      hwm: 5,
      hwmBytes: 67_108_864,
    })
    expect(Buffer.from(args.epoch)).toEqual(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([1, 2]))
    await hand.has(2)
    expect((await sender.asSender(epochOf(1))).args).toMatchObject({ next: 2 })
    await consumer.close()
  })

  it('BP-2 a bound sender gives a fresh epoch, and the same to a HELLO that is repeated', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using receiver = Stranger.connected(endpoint!)
    const one = await receiver.asReceiver(5)
    const two = await receiver.asReceiver(5)
    expect(one.args).toMatchObject({ v: 1, role: 'sender', next: 0, acked: 0 })
    expect(one.args.epoch).toHaveLength(8)
    expect(two.args.epoch).toEqual(one.args.epoch)
    await producer.close()
  })

  it.each([
    ['version', { v: 2 }],
    ['role', { role: 'sender' }],
    ['codec', { codec: 'cbor' }],
  ])('BP-3 another %s is answered with BYE and its code, and no session begins', async (code, wrong) => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using stranger = Stranger.connected(endpoint!)
    await stranger.say('HELLO', { ...hello('receiver'), hwm: 1, hwmBytes: 1, ...wrong })
    const heard = await stranger.hear()
    expect(heard.command).toBe('BYE')
    expect(heard.args[0]).toBeNull()
    expect(heard.args[1]).toBe(code)
    expect(producer.stats().peers).toBe(0)
    await producer.close()
  })

  it('BP-3 keys that nobody knows are ignored', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using stranger = Stranger.connected(endpoint!)
    await stranger.say('HELLO', { ...hello('receiver'), hwm: 1, hwmBytes: 1, colour: 'green' })
    expect((await stranger.hear()).command).toBe('WELCOME')
    await producer.close()
  })

  it('BP-15 a HELLO of another epoch starts a new session in place of the old one', () => {
    const { sender, receiver } = joined()
    transfer(sender, receiver, ['a'])
    const old = receiver.reception!
    const again = senderSession('connecting')
    const step = receiver.receive(again.open(5)[0]!, 5)
    expect(step.over).toBe(old)
    expect(old.over).toBe(true)
    expect(positionOf(step.packets[0])).toMatchObject({ next: 0 })
    expect(receiver.reception!.held).toBe(0)
  })

  it('BP-15 a bound sender that has sent takes another HELLO for a new session, and redelivers', () => {
    const sender = senderSession('bound')
    const receiver = receiverSession('connecting')
    const [greeting] = receiver.open(0)
    const first = positionOf(sender.receive(greeting!, 0).packets[0])
    sender.send(slice('a', 'b'), 1)
    const step = sender.receive(greeting!, 2)
    expect(positionOf(step.packets[0]).epoch).not.toEqual(first.epoch)
    expect(step.returned.map(({ batch, redelivered }) => [batch.values(), redelivered])).toEqual([
      [['a', 'b'], true],
    ])
  })

  it('BP-16 a frame without a session is discarded, counted and answered with BYE', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    using sender = Stranger.connected(endpoint!)
    await sender.say('DATA', [epochOf(3), 0, 0], Buffer.from([1]))
    const { command, args } = await sender.hear()
    expect([command, Buffer.from(args[0]), args[1]]).toEqual(['BYE', epochOf(3), 'no-session'])
    expect(consumer.stats()).toMatchObject({ received: 0, refused: 1 })
    await consumer.close()
  })

  it('SEC-9 connections beyond a number get no session, and are counted', async () => {
    const producer = new Producer({
      context: new Context(),
      bind: 'tcp://127.0.0.1:*',
      limits: { maxPeers: 1 },
    })
    const [endpoint] = await producer.endpoints()
    using one = Stranger.connected(endpoint!)
    await one.asReceiver(1)
    using two = Stranger.connected(endpoint!)
    await two.say('HELLO', { ...hello('receiver'), hwm: 1, hwmBytes: 1 })
    await eventually(() => producer.stats().refused > 0)
    expect(producer.stats().peers).toBe(1)
    await producer.close()
  })

  it('SEC-17 one label has no more sessions than it may, others have theirs, and who leaves makes room', async () => {
    const limits = { maxSessionsPerIdentity: 2 }
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*', limits })
    const [endpoint] = await producer.endpoints()
    const greet = { ...hello('receiver'), hwm: 1, hwmBytes: 1 }
    using one = Stranger.connected(endpoint!)
    using two = Stranger.connected(endpoint!)
    using three = Stranger.connected(endpoint!)
    const { epoch } = (await one.asReceiver(1)).args
    await two.asReceiver(1)
    await three.say('HELLO', greet)
    expect((await three.next('BYE')).args.slice(0, 2)).toEqual([null, 'limit'])
    using other = Stranger.connected(endpoint!)
    await other.say('HELLO', { ...greet, id: 'modest' })
    await other.next('WELCOME')
    expect(producer.stats()).toMatchObject({ peers: 3, refused: 1, refusedBy: { sessions: 1 } })
    await two.asReceiver(1)
    await one.say('BYE', [epoch, 'closed', ''])
    await three.asReceiver(1)
    expect(producer.stats()).toMatchObject({ peers: 3, refused: 1 })
    await producer.close()
  })

  it('SEC-17 a sender has one session with a receiver, and coming again is counted', async () => {
    const consumer = new Consumer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    using again = new DisposableStack()
    for (let n = 1; n <= 4; n++) {
      const sender = Stranger.connected(endpoint!)
      again.use(sender)
      await sender.asSender(epochOf(n))
      expect(consumer.stats().peers).toBe(1)
    }
    expect(consumer.stats()).toMatchObject({ refused: 3, refusedBy: { sessions: 3 } })
    await consumer.close()
  })
})

describe('BYE', () => {
  it('BP-12 ends the session at once, is not answered, and what was in flight comes again', async () => {
    const producer = new Producer({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    using one = Stranger.connected(endpoint!)
    using two = Stranger.connected(endpoint!)
    const { epoch } = (await one.asReceiver(4)).args
    for (let n = 0; n < 4; n++) await producer.send(n)
    await one.next('DATA')
    await two.asReceiver(4)
    await one.say('BYE', [epoch, 'closed', 'going home'])
    const again = await two.next('DATA')
    expect(again.args[2]).toBe(1)
    expect(again.payload?.[0]).toBe(0)
    expect(producer.stats()).toMatchObject({ peers: 1, redelivered: 4 })
    await producer.close()
  })

  it('BP-17 with another epoch than that of the session does nothing', () => {
    const { sender, receiver } = joined()
    const bye = { type: 'bye', epoch: epochOf(99), code: 'closed', message: '' } as const
    sender.receive(bye, 1)
    receiver.receive(bye, 1)
    expect([sender.state, receiver.state]).toEqual(['live', 'live'])
    expect([sender.discarded, receiver.discarded]).toEqual([1, 1])
  })

  it('BP-17 a side that connected begins anew, not sooner than 250 ms later, doubling to 2 s while it is refused', () => {
    const sender = senderSession('connecting')
    const receiver = receiverSession('connecting')
    for (const session of [sender, receiver]) {
      session.open(0)
      const greeted: number[] = []
      let before = ''
      for (let now = 1; now <= 10_000; now++) {
        const refused = session.state === 'greeting' && before !== 'greeting'
        before = session.state
        if (refused) session.receive({ type: 'bye', epoch: undefined, code: 'limit', message: 'full' }, now)
        if (types(session.tick(now)).includes('hello')) greeted.push(now)
      }
      const pauses = greeted.slice(1).map((at, n) => at - greeted[n]!)
      expect(Math.min(...pauses)).toBeGreaterThanOrEqual(250)
      expect(Math.max(...pauses)).toBeLessThanOrEqual(2_002)
      expect(pauses.at(-1)).toBeGreaterThanOrEqual(2_000)
    }
  })

  it('BP-12 a consumer that closes says so, and its sender keeps what was unfinished', async () => {
    const context = new Context()
    const consumer = new Consumer({ context, bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await consumer.endpoints()
    const hand = new ByHand(consumer)
    using sender = Stranger.connected(endpoint!)
    await sender.asSender(epochOf(1))
    await sender.say('DATA', [epochOf(1), 0, 0], Buffer.from([7]))
    await hand.has(1)
    await consumer.close()
    const { args } = await sender.next('BYE')
    expect([Buffer.from(args[0]), args[1]]).toEqual([epochOf(1), 'closed'])
  })
})
