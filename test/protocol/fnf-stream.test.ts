/** FNF: fire-and-forget as a bare PUSH and a bare PULL see it. */
import { decodeSequence, encode } from '@sluice/core'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { describe, expect, it } from 'vitest'
import { Pull } from 'zeromq'
import { anyPort, BarePull, BarePush } from '../support/bare.ts'
import { eventually } from '../support/by-hand.ts'

async function boundPull(): Promise<BarePull> {
  const pull = new BarePull()
  await pull.bind(anyPort)
  return pull
}

function connectedPush(endpoint: string): BarePush {
  const push = new BarePush()
  push.connect(endpoint)
  return push
}

/** All frames of all messages up to the end of the stream. */
async function untilEnd(pull: Pull): Promise<Buffer[][]> {
  const messages: Buffer[][] = []
  for (;;) {
    const frames = await pull.receive()
    messages.push(frames)
    if (frames.length === 1 && frames[0]!.length === 0) return messages
  }
}

describe('from a pusher to a bare PULL', () => {
  it('FNF-1 sends one or more values back to back in a payload frame, and headers when there are any', async () => {
    using pull = await boundPull()
    const pusher = new Pusher({ connect: pull.lastEndpoint! })
    await pusher.ready()
    for (const n of [1, 2, 3]) await pusher.send({ n })
    await pusher.send('beside', { headers: { id: 'x' } })
    await pusher.drain()
    const messages = (await untilEnd(pull)).slice(0, -1)
    expect(messages.flatMap(([payload]) => decodeSequence(payload!))).toEqual([
      { n: 1 },
      { n: 2 },
      { n: 3 },
      'beside',
    ])
    // The first left alone, since the socket was idle; the others shared a frame, with a map or nil for each.
    expect(messages.map((frames) => frames.length)).toEqual([1, 2])
    expect(decodeSequence(messages[1]![1]!)).toEqual([null, null, { id: 'x' }])
  })

  it('FNF-2 ends its stream with one empty frame for each receiver that is connected', async () => {
    using one = await boundPull()
    using other = await boundPull()
    const pusher = new Pusher({ connect: [one.lastEndpoint!, other.lastEndpoint!] })
    await eventually(() => pusher.stats().peers === 2)
    await pusher.drain()
    expect(await untilEnd(one)).toEqual([[Buffer.alloc(0)]])
    expect(await untilEnd(other)).toEqual([[Buffer.alloc(0)]])
  })

  it('FNF-2 ends the stream of each connection to a bound pusher', async () => {
    const pusher = new Pusher({ bind: anyPort })
    const [endpoint] = await pusher.endpoints()
    const pulls = [1, 2, 3].map(() => new Pull({ linger: 0, receiveTimeout: 5_000 }))
    for (const pull of pulls) pull.connect(endpoint!)
    await eventually(() => pusher.stats().peers === 3)
    await pusher.drain()
    for (const pull of pulls) {
      expect(await untilEnd(pull)).toEqual([[Buffer.alloc(0)]])
      pull.close()
    }
  })

  it('FNF-4 does not wait for a receiver, nor for a slow one', async () => {
    const pusher = new Pusher({ bind: anyPort, highWaterMark: 3 })
    const [endpoint] = await pusher.endpoints()
    await pusher.send('nobody')
    const pull = new Pull({ linger: 0, receiveHighWaterMark: 1 })
    pull.connect(endpoint!)
    await pusher.ready()
    const filler = Buffer.alloc(100_000)
    for (let n = 0; n < 1_000; n++) expect(pusher.offer(filler, undefined, undefined)).toBe(true)
    await eventually(() => {
      for (let n = 0; n < 20; n++) pusher.offer(filler, undefined, undefined)
      return (pusher.stats().droppedBy['full'] ?? 0) > 0
    })
    expect(pusher.stats().droppedBy).toMatchObject({ 'no-peer': 1 })
    pull.close()
    await pusher.close()
  })

  it('FNF-5 sends one value a frame when told to', async () => {
    using pull = await boundPull()
    const pusher = new Pusher({ connect: pull.lastEndpoint!, maxBatchMessages: 1 })
    await pusher.ready()
    for (let n = 0; n < 50; n++) await pusher.send(n)
    await pusher.drain()
    const messages = (await untilEnd(pull)).slice(0, -1)
    expect(messages.map(([payload]) => decodeSequence(payload!))).toEqual(
      Array.from({ length: 50 }, (_, n) => [n]),
    )
  })
})

describe('from a bare PUSH to a puller', () => {
  it('FNF-1 takes one value a frame, several, and headers', async () => {
    await using puller = new Puller({ bind: anyPort, senders: 1 })
    const [endpoint] = await puller.endpoints()
    using push = connectedPush(endpoint!)
    await push.send(encode('alone'))
    await push.send(Buffer.concat([encode('two'), encode({ three: 3 })]))
    await push.send([encode('four'), encode({ id: '4' })])
    await push.send(Buffer.alloc(0))
    const seen: unknown[] = []
    for await (const { message, headers } of puller.received()) seen.push([message, headers])
    expect(seen).toEqual([
      ['alone', undefined],
      ['two', undefined],
      [{ three: 3 }, undefined],
      ['four', { id: '4' }],
    ])
  })

  it('FNF-2 counts ends up to the number it expects', async () => {
    await using puller = new Puller<string>({ bind: anyPort, senders: 2 })
    const [endpoint] = await puller.endpoints()
    const reading = (async () => {
      const seen: string[] = []
      for await (const message of puller) seen.push(message)
      return seen
    })()
    using one = connectedPush(endpoint!)
    await one.send(encode('one'))
    await one.send(Buffer.alloc(0))
    await eventually(() => puller.stats().delivered === 1)
    using other = connectedPush(endpoint!)
    await other.send(encode('other'))
    await other.send(Buffer.alloc(0))
    expect(await reading).toEqual(['one', 'other'])
    await puller.ended
  })

  it('FNF-3 drops and counts what breaks a rule, and goes on', async () => {
    await using puller = new Puller({ bind: anyPort, senders: 1 })
    const [endpoint] = await puller.endpoints()
    using push = connectedPush(endpoint!)
    const good = encode('good')
    const bad = [
      [good, encode({ id: 1 }), good],
      [Buffer.from([0xc1])],
      [Buffer.from([0x92, 0x01])],
      [good, encode({ id: 1 }), encode({ id: 2 })],
      [good, Buffer.concat([encode({ id: 1 }), encode({ id: 2 })])],
      [good, encode('no map')],
      [good, Buffer.alloc(0)],
      [Buffer.alloc(0), encode({ id: 1 })],
    ]
    for (const frames of bad) {
      await push.send(frames)
      await push.send(good)
    }
    await push.send(Buffer.alloc(0))
    const seen: unknown[] = []
    for await (const message of puller) seen.push(message)
    expect(seen).toEqual(bad.map(() => 'good'))
    expect(puller.stats()).toMatchObject({ received: bad.length, refused: bad.length })
  })
})
