/** RR: a requester as bare REP, ROUTER and DEALER sockets see it. */
import { DecodeError, RemoteError } from '@sluice/core'
import { Requester } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import type { Router } from 'zeromq'
import { eventually } from '../support/by-hand.ts'
import {
  anyPort,
  BareDealer,
  BareReply,
  BareRouter,
  empty,
  sequence,
  sluiceId,
  values,
} from '../support/bare.ts'

const SLUICE = 1
const CANCEL = 2
const END = 4
const COMPACT = 8

/** A request as a bare ROUTER has it. */
interface Asked {
  readonly peer: Buffer
  readonly id: Buffer
  readonly payload: unknown[]
  readonly headers: unknown[]
}

async function next(router: Router): Promise<Asked> {
  const [peer, id, delimiter, payload, headers] = await router.receive()
  expect(delimiter).toEqual(empty)
  return { peer: peer!, id: id!, payload: values(payload), headers: values(headers) }
}

async function withRouter() {
  const router = new BareRouter()
  await router.bind(anyPort)
  const requester = new Requester<unknown, unknown>({ connect: router.lastEndpoint! })
  await requester.ready()
  return { router, requester }
}

/** The correlations of an id frame. */
function correlations(id: Buffer): bigint[] {
  return Array.from({ length: (id.length - 4) / 8 }, (_, at) => id.readBigUInt64BE(4 + 8 * at))
}

describe('a requester', () => {
  it('RR-1 asks a bare REP, many at a time, one value a frame', async () => {
    using reply = new BareReply()
    await reply.bind(anyPort)
    const serving = (async () => {
      for (let n = 0; n < 20; n++) {
        const [payload, ...more] = await reply.receive()
        expect(more).toEqual([])
        const [message, ...others] = values(payload)
        expect(others).toEqual([])
        await reply.send(sequence((message as number) + 1))
      }
    })()
    const requester = new Requester<number, number>({ connect: reply.lastEndpoint! })
    const replies = await Promise.all(Array.from({ length: 20 }, (_, n) => requester.request(n)))
    expect(replies).toEqual(Array.from({ length: 20 }, (_, n) => n + 1))
    await serving
    // To a bare server no END is sent.
    await requester.drain()
  })

  it('RR-14 asks a bare server that returns the flag in the usual form', async () => {
    const { router, requester } = await withRouter()
    for (const n of [1, 2]) {
      const reply = requester.request(n)
      const { peer, id, payload } = await next(router)
      expect([id.subarray(0, 4), payload]).toEqual([sluiceId(COMPACT), [n]])
      await router.send([peer, id, empty, sequence(n)])
      expect(await reply).toBe(n)
    }
    await requester.close()
    router.close()
  })

  it('RR-2 RR-6 gives every request a number of its own, and shares no frame with a stranger', async () => {
    const { router, requester } = await withRouter()
    const replies = [1, 2, 3].map((n) => requester.request(n))
    const asked = [await next(router), await next(router), await next(router)]
    expect(asked.map(({ payload }) => payload)).toEqual([[1], [2], [3]])
    for (const { id } of asked) expect(id.subarray(0, 4)).toEqual(sluiceId(COMPACT))
    expect(new Set(asked.flatMap(({ id }) => correlations(id))).size).toBe(3)
    for (const { peer, id, payload } of asked.toReversed())
      await router.send([peer, id, empty, sequence(payload[0])])
    expect(await Promise.all(replies)).toEqual([1, 2, 3])
    await requester.close()
    router.close()
  })

  it('RR-4 RR-6 shares frames with a peer that announced itself, and takes its answers in any parts', async () => {
    const { router, requester } = await withRouter()
    const first = requester.request('first')
    const { peer, id } = await next(router)
    await router.send([peer, sluiceId(SLUICE), empty, empty])
    await router.send([peer, sluiceId(SLUICE, ...correlations(id)), empty, sequence('answered')])
    expect(await first).toBe('answered')
    const replies = ['a', 'b', 'c', 'd'].map((message) => requester.request(message))
    // One leaves alone when nothing is in flight; those after it share a frame.
    const alone = await next(router)
    const shared = await next(router)
    expect([alone.payload, shared.payload]).toEqual([['a'], ['b', 'c', 'd']])
    const [b, c, d] = correlations(shared.id)
    const [a] = correlations(alone.id)
    await router.send([peer, sluiceId(SLUICE, d!, a!), empty, sequence('D', 'A')])
    await router.send([peer, sluiceId(SLUICE, c!), empty, sequence('C')])
    await router.send([peer, sluiceId(SLUICE, b!), empty, sequence('B')])
    expect(await Promise.all(replies)).toEqual(['A', 'B', 'C', 'D'])
    await requester.close()
    router.close()
  })

  it('RR-3 RR-6 cancels at a peer that announced itself, and at no other', async () => {
    const { router, requester } = await withRouter()
    const abort = (): { controller: AbortController; reply: Promise<unknown> } => {
      const controller = new AbortController()
      return {
        controller,
        reply: requester.request('x', { signal: controller.signal }).catch((error: unknown) => error),
      }
    }
    const stranger = abort()
    const { peer } = await next(router)
    stranger.controller.abort(new Error('enough'))
    await stranger.reply
    const known = abort()
    // The next thing to come is the second request: nothing was said of the first.
    const asked = await next(router)
    expect(asked.payload).toEqual(['x'])
    await router.send([peer, sluiceId(SLUICE), empty, empty])
    const third = requester.request('y')
    await router.receive()
    await router.send([peer, sluiceId(SLUICE), empty, empty])
    const fourth = requester.request('z')
    const fourthAsked = await next(router)
    await router.send([peer, fourthAsked.id, empty, sequence('z')])
    await fourth
    known.controller.abort(new Error('enough'))
    expect(await next(router)).toMatchObject({ id: sluiceId(CANCEL, ...correlations(asked.id)), payload: [] })
    await requester.close()
    await third.catch(() => {})
    router.close()
  })

  it('RR-7 takes an error reply as the reason of the failure', async () => {
    const { router, requester } = await withRouter()
    const reply = requester.request('soup').catch((error: unknown) => error)
    const { peer, id } = await next(router)
    await router.send([
      peer,
      id,
      empty,
      sequence(null),
      sequence({ error: { code: 'E_SALT', message: 'too salty' } }),
    ])
    expect(await reply).toBeInstanceOf(RemoteError)
    expect(await reply).toMatchObject({ remoteCode: 'E_SALT', message: 'too salty', undelivered: 'soup' })
    await requester.close()
    router.close()
  })

  it('RR-7 tries again where the replier was full, and says how often it was sent', async () => {
    const { router, requester } = await withRouter()
    const reply = requester.request('soup', { headers: { id: 's1' } })
    const first = await next(router)
    expect(first.headers).toEqual([{ id: 's1' }])
    const full = sequence({ error: { code: 'ERR_SLUICE_FULL', message: 'later' } })
    await router.send([first.peer, first.id, empty, sequence(null), full])
    const second = await next(router)
    expect(second.headers).toEqual([{ id: 's1', attempt: 2 }])
    expect(second.payload).toEqual(['soup'])
    await router.send([second.peer, second.id, empty, sequence('hot')])
    expect(await reply).toBe('hot')
    await requester.close()
    router.close()
  })

  it('RR-8 counts a reply to what nobody waits for as late, and ignores it', async () => {
    const { router, requester } = await withRouter()
    const reply = requester.request('soup')
    const { peer, id } = await next(router)
    await router.send([peer, sluiceId(0, 999n), empty, sequence('whose?')])
    await router.send([peer, id, empty, sequence('hot')])
    await router.send([peer, id, empty, sequence('hot again')])
    expect(await reply).toBe('hot')
    await eventually(() => requester.stats().late === 2)
    await requester.close()
    router.close()
  })

  it('RR-1 RR-4 RR-12 refuses and counts what is no reply, and fails a request whose reply cannot be read', async () => {
    const { router, requester } = await withRouter()
    const broken = requester.request('a').catch((error: unknown) => error)
    const reply = requester.request('b')
    const [first, second] = [await next(router), await next(router)]
    const { peer } = first
    const bad = [
      [empty, sequence(1)],
      ['opaque', empty, sequence(1)],
      ['no delimiter'],
      ['a', 'b', empty, sequence(1)],
    ]
    for (const frames of bad) await router.send([peer, ...frames])
    await router.send([peer, first.id, empty, Buffer.from([0xc1])])
    expect(await broken).toBeInstanceOf(DecodeError)
    await router.send([peer, second.id, empty, sequence('fine')])
    expect(await reply).toBe('fine')
    expect(requester.stats().refused).toBe(bad.length + 1)
    await requester.close()
    router.close()
  })

  it('RR-10 RR-13 ends with its identity when everything is answered, again until that is answered', async () => {
    using router = new BareRouter()
    await router.bind(anyPort)
    const requester = new Requester<unknown, unknown>({ connect: router.lastEndpoint!, identity: 'washer/0' })
    const reply = requester.request('last')
    const { peer, id } = await next(router)
    await router.send([peer, sluiceId(SLUICE), empty, empty])
    const draining = requester.drain()
    await router.send([peer, sluiceId(SLUICE, ...correlations(id)), empty, sequence('done')])
    expect(await reply).toBe('done')
    for (let times = 0; times < 2; times++) {
      expect(await next(router)).toMatchObject({ id: sluiceId(END), payload: ['washer/0'] })
    }
    await router.send([peer, sluiceId(SLUICE | END), empty, empty])
    await draining
  })

  it('RR-10 a link ends at a peer that has announced nothing too, three times at most', async () => {
    using router = new BareRouter()
    await router.bind(anyPort)
    const requester = new Requester({ connect: router.lastEndpoint!, identity: 'w', tellEveryone: true })
    await requester.ready()
    const draining = requester.drain()
    for (let times = 0; times < 3; times++) {
      expect(await next(router)).toMatchObject({ id: sluiceId(END), payload: ['w'] })
    }
    await draining
  })

  it('RR-5 a bound requester asks whoever announces itself, a bare DEALER as well', async () => {
    const requester = new Requester<string, string>({ bind: anyPort })
    const [endpoint] = await requester.endpoints()
    const reply = requester.request('anybody there?')
    using dealer = new BareDealer()
    dealer.connect(endpoint!)
    await dealer.send([sluiceId(SLUICE), empty, empty])
    const [id, , payload] = await dealer.receive()
    expect(values(payload)).toEqual(['anybody there?'])
    await dealer.send([id!, empty, sequence('yes')])
    expect(await reply).toBe('yes')
    await requester.close()
  })
})
