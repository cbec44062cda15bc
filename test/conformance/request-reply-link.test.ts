/** Request-reply as a link: windows, ends, drains and ledgers, on every transport and whichever side binds. */
import { ClosedError, LinkError, StateError } from '@sluice/core'
import type { Outcome } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { expectBalanced, Held, linked } from '../support/asking.ts'
import { aWhile, ByHand, eventually } from '../support/by-hand.ts'
import { transports } from '../support/transports.ts'

const places = transports.flatMap((transport) =>
  (['receiver', 'sender'] as const).map((binds) => ({ transport, binds, name: transport.name })),
)

describe.each(places)('a request-reply link over $name, bound by the $binds', ({ transport, binds }) => {
  it('takes as many messages as may be in flight, and lets the next wait', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, { ask: { inFlight: 2 } })
    const hand = new ByHand(replier)
    const outcomes: [number, Outcome, string | undefined][] = []
    const offer = (n: number): true | Promise<void> =>
      requester.offer(n, undefined, {
        settle: (outcome, error) => outcomes.push([n, outcome, error?.message]),
      })
    expect(offer(0)).toBe(true)
    expect(offer(1)).toBe(true)
    const third = offer(2)
    expect(third).toBeInstanceOf(Promise)
    await hand.has(2)
    hand.handed[1]!.settle('deadLettered', new Error('inedible'))
    await third
    expect(offer(3)).toBeInstanceOf(Promise)
    await hand.has(3)
    hand.handed[0]!.settle()
    hand.handed[2]!.settle('failed', new Error('dropped it'))
    await hand.has(4)
    hand.handed[3]!.settle()
    await requester.drain()
    expect(outcomes.toSorted(([a], [b]) => a - b)).toEqual([
      [0, 'delivered', undefined],
      [1, 'deadLettered', 'inedible'],
      [2, 'failed', 'dropped it'],
      [3, 'delivered', undefined],
    ])
    expect(requester.stats()).toMatchObject({
      accepted: 4,
      delivered: 2,
      deadLettered: 1,
      failed: 1,
      waits: 2,
    })
    await replier.close()
    expect(replier.stats()).toMatchObject({ received: 4, delivered: 2, deadLettered: 1, failed: 1, held: 0 })
  })

  it('ends when every requester has ended and everything is answered', async () => {
    await using context = transport.open()
    const linkedPair = await linked(context, transport, binds, {
      answer: { senders: 1 },
      ask: { tellEveryone: true },
    })
    const { requester, replier } = linkedPair
    const hand = new ByHand(replier)
    void requester.offer('dish', undefined, undefined)
    await hand.has(1)
    let ended = false
    void replier.ended.then(() => (ended = true))
    const draining = requester.drain()
    await aWhile()
    expect(ended).toBe(false)
    hand.handed[0]!.settle()
    await draining
    await replier.ended
    expect(hand.last).toBe(true)
    await replier.drain()
  })

  it('ends a replier that never got a request too, when a link says so', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, {
      answer: { senders: 1 },
      ask: { tellEveryone: true },
    })
    const hand = new ByHand(replier)
    await requester.drain()
    await replier.ended
    expect(hand.last).toBe(true)
    await replier.close()
  })

  it('hands over nothing while paused', async () => {
    await using context = transport.open()
    const { requester, replier } = await linked(context, transport, binds, {})
    const hand = new ByHand(replier)
    replier.pause()
    void requester.offer(1, undefined, undefined)
    await eventually(() => replier.stats().received === 1)
    expect(hand.values()).toEqual([])
    replier.resume()
    await hand.has(1)
    hand.handed[0]!.settle()
    await requester.drain()
    await replier.close()
  })

  it('gives what is unanswered back when it closes', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, {
      handler: held.handler,
      ask: { inFlight: 1 },
    })
    const outcomes: Outcome[] = []
    const asked = requester.request('asked').catch((error: unknown) => error)
    await held.has(1)
    const waiting = (
      requester.offer('waits', undefined, { settle: (outcome) => outcomes.push(outcome) }) as Promise<void>
    ).catch((error: unknown) => error)
    await requester.close()
    expect(await asked).toBeInstanceOf(ClosedError)
    const error = await waiting
    expect(error).toBeInstanceOf(ClosedError)
    expect((error as ClosedError).undelivered).toBe('waits')
    expect(outcomes).toEqual([])
    expectBalanced(requester.stats())
    expect(requester.stats()).toMatchObject({ accepted: 1, undelivered: 1, inFlight: 0, pending: 0 })
    await expect(requester.request('late')).rejects.toBeInstanceOf(StateError)
    // Nobody waits for the answer any more.
    await eventually(() => held.requests[0]!.context.signal.aborted)
    await replier.close()
  })

  it('finishes what it has when it drains, and lets others have what comes', async () => {
    await using context = transport.open()
    const held = new Held()
    const { requester, replier } = await linked(context, transport, binds, {
      handler: held.handler,
      ask: { timeoutMs: 10_000, retries: 0 },
    })
    const before = requester.request('before')
    await held.has(1)
    const draining = replier.drain()
    const given = new AbortController()
    const after = requester.request('after', { signal: given.signal }).catch((error: unknown) => error)
    await aWhile()
    expect(held.requests).toHaveLength(1)
    held.requests[0]!.answer('in time')
    expect(await before).toBe('in time')
    await draining
    const reason = new Error('waited enough')
    given.abort(reason)
    // The connection is lost with it, or it waits for somebody else until it is called off.
    expect([reason, expect.any(LinkError)]).toContainEqual(await after)
    expect(held.requests).toHaveLength(1)
    await requester.close()
  })
})
