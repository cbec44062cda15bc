/** RR: a replier as bare REQ, DEALER and ROUTER sockets see it. */
import { Replier } from '@sluice/patterns/request-reply'
import type { ReplierOptions, RequestContext } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/by-hand.ts'
import {
  anyPort,
  BareDealer,
  BareRequest,
  BareRouter,
  empty,
  sequence,
  sluiceId,
  values,
} from '../support/bare.ts'

const SLUICE = 1
const COMPACT = 8
const CANCEL = 2
const END = 4

type Handler = (message: unknown, context: RequestContext) => unknown

async function bound(handler: Handler, options: Partial<ReplierOptions> = {}) {
  const replier = new Replier({ bind: anyPort, ...options }, handler)
  const [endpoint] = await replier.endpoints()
  return { replier, endpoint: endpoint! }
}

const double: Handler = (message) => (message as number) * 2

describe('a bound replier', () => {
  it('RR-1 serves a bare REQ, whose requests have no id', async () => {
    const { replier, endpoint } = await bound(double)
    using request = new BareRequest()
    request.connect(endpoint)
    for (const n of [1, 2, 3]) {
      await request.send(sequence(n))
      const frames = await request.receive()
      expect(frames.map(values)).toEqual([[2 * n]])
    }
    expect(replier.stats()).toMatchObject({ received: 3, delivered: 3 })
    await replier.close()
  })

  it('RR-1 RR-2 returns an opaque id octet for octet, whatever it is', async () => {
    const { replier, endpoint } = await bound(double)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    const ids = [
      Buffer.from('a'),
      Buffer.from('SL\x02\x00', 'latin1'),
      Buffer.from('SL\x01', 'latin1'),
      Buffer.from('SL\x01\x00seven..', 'latin1'),
      Buffer.alloc(300, 0xff),
    ]
    for (const id of ids) {
      await dealer.send([id, empty, sequence(21)])
      const [returned, delimiter, payload, ...more] = await dealer.receive()
      expect([returned, delimiter!.length, values(payload), more]).toEqual([id, 0, [42], []])
    }
    await replier.close()
  })

  it('RR-4 RR-5 announces itself at the first Sluice id, before the handler runs, and sets SLUICE in what it returns', async () => {
    let handled = 0
    const { replier, endpoint } = await bound(() => ++handled)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    await dealer.send([sluiceId(0, 7n), empty, sequence('a')])
    await dealer.send([sluiceId(0, 8n), empty, sequence('b')])
    const received = [await dealer.receive(), await dealer.receive()]
    expect(received[0]).toEqual([sluiceId(SLUICE | COMPACT), empty, empty])
    expect(received[1]![0]!.subarray(0, 4)).toEqual(sluiceId(SLUICE | COMPACT))
    // The second request may have come in time to share the first reply's frame.
    const answered = values(received[1]![2])
    if (answered.length === 1) answered.push(...values((await dealer.receive())[2]))
    expect(answered).toEqual([1, 2])
    await replier.close()
  })

  it('RR-2 RR-4 answers every correlation of a shared request, u64 octets kept', async () => {
    const { replier, endpoint } = await bound(double)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    const ids = [1n, 2n ** 53n + 1n, 2n ** 64n - 1n, 0n]
    await dealer.send([sluiceId(0, ...ids), empty, sequence(10, 20, 30, 40)])
    await dealer.receive()
    const replies = new Map<bigint, unknown>()
    while (replies.size < ids.length) {
      const [id, , payload] = await dealer.receive()
      for (const [at, value] of values(payload).entries()) replies.set(id!.readBigUInt64BE(4 + 8 * at), value)
    }
    expect(replies).toEqual(new Map(ids.map((id, at) => [id, 20 * (at + 1)])))
    await replier.close()
  })

  it('RR-3 aborts the handlers of what is cancelled, and answers nothing', async () => {
    const contexts: RequestContext[] = []
    const { replier, endpoint } = await bound((message, context) => {
      if (message === 'last') return 'last'
      contexts.push(context)
      return new Promise((resolve) => context.signal.addEventListener('abort', () => resolve('aborted')))
    })
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    await dealer.send([sluiceId(0, 1n, 2n, 3n), empty, sequence('a', 'b', 'c')])
    await dealer.receive()
    await eventually(() => contexts.length === 3)
    await dealer.send([sluiceId(CANCEL, 1n, 3n, 99n), empty, empty])
    await eventually(() => contexts[0]!.signal.aborted && contexts[2]!.signal.aborted)
    expect(contexts[1]!.signal.aborted).toBe(false)
    await dealer.send([sluiceId(0, 4n), empty, sequence('last')])
    const [id, , payload] = await dealer.receive()
    expect([id, values(payload)]).toEqual([sluiceId(SLUICE | COMPACT, 4n), ['last']])
    await replier.close()
  })

  it('RR-3 ignores flags without a meaning', async () => {
    const { replier, endpoint } = await bound(double)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    await dealer.send([sluiceId(0b1111_0000, 5n), empty, sequence(1)])
    await dealer.receive()
    const [id, , payload] = await dealer.receive()
    expect([id, values(payload)]).toEqual([sluiceId(SLUICE | COMPACT, 5n), [2]])
    await replier.close()
  })

  it('RR-7 answers a failure with nil and the code and message in the headers', async () => {
    const { replier, endpoint } = await bound(() => {
      throw Object.assign(new Error('too salty'), { code: 'E_SALT' })
    })
    using request = new BareRequest()
    request.connect(endpoint)
    await request.send(sequence('soup'))
    const frames = await request.receive()
    expect(frames.map(values)).toEqual([[null], [{ error: { code: 'E_SALT', message: 'too salty' } }]])
    await replier.close()
  })

  it('RR-7 says that it is full, and that it closes, with a code of its own', async () => {
    const { replier, endpoint } = await bound(() => new Promise(() => {}), {
      concurrency: 1,
      highWaterMark: 0,
    })
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    const code = async (id: string): Promise<unknown> => {
      await dealer.send([id, empty, sequence(1)])
      const [, , , headers] = await dealer.receive()
      return (values(headers)[0] as { error: { code: string } }).error.code
    }
    await dealer.send(['held', empty, sequence(1)])
    expect(await code('second')).toBe('ERR_SLUICE_FULL')
    void replier.drain().catch(() => {})
    expect(await code('third')).toBe('ERR_SLUICE_CLOSED')
    await replier.close()
  })

  it('RR-9 answers what it cannot read with an error for each correlation', async () => {
    const { replier, endpoint } = await bound(double)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    const unreadable = [empty, Buffer.from([0xc1]), Buffer.from([0x92, 0x01]), sequence(1, 2)]
    for (const payload of unreadable) {
      await dealer.send([Buffer.from('id'), empty, payload])
      const [id, , nil, headers] = await dealer.receive()
      expect([id!.toString(), values(nil)]).toEqual(['id', [null]])
      expect(values(headers)).toMatchObject([{ error: { code: 'ERR_SLUICE_DECODE' } }])
    }
    await dealer.send([sluiceId(0, 1n, 2n), empty, sequence('one value for two')])
    await dealer.receive()
    const [id, , nils, headers] = await dealer.receive()
    expect([id, values(nils)]).toEqual([sluiceId(SLUICE | COMPACT, 1n, 2n), [null, null]])
    expect(values(headers)).toMatchObject([{ error: { code: 'ERR_SLUICE_DECODE' } }, { error: {} }])
    expect(replier.stats()).toMatchObject({ received: 0, refused: 5 })
    await replier.close()
  })

  it('RR-9 RR-12 serves the next request of a bare REQ after one that it could not read', async () => {
    const { replier, endpoint } = await bound(double)
    using request = new BareRequest()
    request.connect(endpoint)
    await request.send(Buffer.from([0xc1]))
    expect(values((await request.receive())[0])).toEqual([null])
    await request.send(sequence(4))
    expect(values((await request.receive())[0])).toEqual([8])
    await replier.close()
  })

  it('RR-11 RR-13 counts each identity that ends once, and answers every END', async () => {
    const { replier, endpoint } = await bound(double, { senders: 2 })
    let over = false
    void replier.ended.then(() => (over = true))
    using one = new BareDealer()
    using again = new BareDealer()
    using other = new BareDealer()
    for (const dealer of [one, again, other]) dealer.connect(endpoint)
    for (const dealer of [one, one, again]) {
      await dealer.send([sluiceId(END), empty, sequence('washer/0')])
      expect(await dealer.receive()).toEqual([sluiceId(SLUICE | END), empty, empty])
    }
    expect(over).toBe(false)
    await other.send([sluiceId(END), empty, empty])
    await other.receive()
    await replier.ended
    await replier.close()
  })

  it('RR-12 drops and counts what has no delimiter in its place, and answers nothing', async () => {
    const { replier, endpoint } = await bound(double)
    using dealer = new BareDealer()
    dealer.connect(endpoint)
    const bad = [
      [sequence(1)],
      ['a', 'b', empty, sequence(1)],
      ['a', empty],
      [empty],
      ['a', empty, sequence(1), sequence({}), 'more'],
    ]
    for (const frames of bad) await dealer.send(frames)
    await dealer.send(['good', empty, sequence(1)])
    const [id, , payload] = await dealer.receive()
    expect([id!.toString(), values(payload)]).toEqual(['good', [2]])
    expect(replier.stats()).toMatchObject({ received: 1, refused: bad.length })
    await replier.close()
  })
})

describe('a replier that connects', () => {
  it('RR-5 announces itself on connect, and serves a bare ROUTER and a bare DEALER', async () => {
    using router = new BareRouter()
    using dealer = new BareDealer()
    for (const socket of [router, dealer]) await socket.bind(anyPort)
    const replier = new Replier({ connect: [router.lastEndpoint!, dealer.lastEndpoint!] }, double)
    const [peer, ...announcement] = await router.receive()
    expect(announcement).toEqual([sluiceId(SLUICE | COMPACT), empty, empty])
    await router.send([peer!, 'id', empty, sequence(3)])
    expect((await router.receive()).slice(1).map((frame) => frame.toString('hex'))).toEqual([
      Buffer.from('id').toString('hex'),
      '',
      '06',
    ])
    expect(await dealer.receive()).toEqual([sluiceId(SLUICE | COMPACT), empty, empty])
    await dealer.send(['id', empty, sequence(4)])
    expect(values((await dealer.receive())[2])).toEqual([8])
    await replier.close()
  })
})
