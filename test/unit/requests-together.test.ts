/** What is asked and answered together: which frames it leaves in. */
import { ValueBatch, ValueBatchBuilder } from '@sluice/core'
import type { Clock, Peer } from '@sluice/core'
import { Requester } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import type { ReplyPacket, RequestReplyPacket } from '../../packages/patterns/src/request-reply/packets.ts'
import { ReplierSession } from '../../packages/patterns/src/request-reply/replier-session.ts'
import { RequesterSession } from '../../packages/patterns/src/request-reply/requester-session.ts'
import { anyPort, BareRouter, empty, sequence, sluiceId, values } from '../support/bare.ts'

const SLUICE = 1
const peer: Peer = { label: 'the other side' }
const clock: Clock = { now: () => 0, time: () => 0, after: () => ({ cancel: () => {} }), turn: () => {} }
const bounds = { maxBatchMessages: 1_024, maxBatchBytes: 65_536, maxMessageBytes: 1e6 }

/** A session with a replier that takes all it is asked, and a function that answers the first of that in one frame. */
function asking() {
  const asked: number[] = []
  const session = new RequesterSession(
    {
      ...bounds,
      inFlight: 1_024,
      backoff: { initialMs: 1, factor: 1, maxMs: 1, jitter: 0 },
      random: () => 0,
    },
    {
      builder: () => new ValueBatchBuilder(),
      send: (_, packet) => {
        if (packet.type === 'request') for (const id of packet.ids ?? []) asked.push(Number(id))
      },
    },
  )
  const ask = (count: number): void => {
    for (let n = 0; n < count; n++) {
      session.submit({ answered: () => {}, failed: () => {} }, n, undefined, { timeoutMs: 1, retries: 0 }, 0)
    }
  }
  const answer = (count: number): void => {
    const ids = asked.splice(0, count)
    const batch = new ValueBatch(ids)
    const rest = { opaque: undefined, headers: undefined, error: undefined, sluice: true, compact: false }
    session.packet(peer, { type: 'reply', ids, batch, ...rest } satisfies ReplyPacket, clock)
  }
  session.up(peer)
  session.packet(peer, { type: 'announcement', compact: false }, clock)
  return { session, ask, answer }
}

describe('what is asked together', () => {
  it('leaves to the half of what was answered, once, when the replier has nothing else', () => {
    const { session, ask, answer } = asking()
    ask(64)
    session.flush()
    answer(64)
    ask(31)
    expect(session.ripe).toBe(false)
    ask(1)
    expect(session.ripe).toBe(true)
    session.flush()
    ask(32)
    expect(session.ripe).toBe(false)
  })

  it('waits for its turn to end while the replier still has some of it', () => {
    const { session, ask, answer } = asking()
    ask(65)
    session.flush()
    answer(64)
    ask(64)
    expect(session.ripe).toBe(false)
  })

  it('is not parted into frames of a few', () => {
    const { session, ask, answer } = asking()
    ask(30)
    session.flush()
    answer(30)
    ask(30)
    expect(session.ripe).toBe(false)
  })

  it('shares a frame where those before it were answered in one', async () => {
    using router = new BareRouter()
    await router.bind(anyPort)
    const requester = new Requester<string, string>({ connect: router.lastEndpoint! })
    await requester.ready()
    const again = async (message: string): Promise<string> =>
      requester.request(`${await requester.request(message)} again`)
    const first = requester.request('a')
    const [id, a] = await router.receive()
    await router.send([id!, sluiceId(SLUICE), empty, empty])
    await router.send([id!, a!, empty, sequence('a')])
    await first
    const alone = requester.request('alone')
    const both = ['b', 'c'].map(again)
    const [, lone] = await router.receive()
    const [, shared] = await router.receive()
    await router.send([id!, lone!, empty, sequence('alone')])
    await alone
    await router.send([id!, shared!, empty, sequence('b', 'c')])
    const [, last, , payload] = await router.receive()
    expect(values(payload)).toEqual(['b again', 'c again'])
    await router.send([id!, last!, empty, sequence('B', 'C')])
    expect(await Promise.all(both)).toEqual(['B', 'C'])
    await requester.close()
  })
})

describe('what is answered together', () => {
  it('leaves in one frame as soon as all that was asked in one is answered', () => {
    const sent: RequestReplyPacket[] = []
    let gathered = 0
    const session = new ReplierSession(
      { ...bounds, window: 64, highWaterMark: 64, maxBufferedBytes: 1e6, senders: undefined },
      {
        deliver: (delivery) => {
          for (let at = 0; at < delivery.count; at++) delivery.settle(at, 'delivered', undefined, at)
        },
        gathered: () => void gathered++,
        changed: () => {},
      },
    )
    session.read(true)
    session.up(
      peer,
      { builder: () => new ValueBatchBuilder(), send: (_, packet) => void sent.push(packet) },
      false,
    )
    const ids = [1, 2, 3]
    const rest = { opaque: undefined, headers: undefined, error: undefined, compact: false }
    session.packet(peer, { type: 'request', ids, batch: new ValueBatch(ids), ...rest })
    expect(sent).toMatchObject([{ type: 'announcement' }, { type: 'reply', ids }])
    expect(gathered).toBe(0)
  })
})
