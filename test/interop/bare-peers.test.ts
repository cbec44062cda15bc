/** Peers in other languages, with a ZeroMQ binding and a msgpack library and nothing else, on the other side of our links. */
import { pipeline, runStage } from '@sluice/core'
import { requestReply } from '@sluice/patterns'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { BarePeer, languages, lookFor } from '../support/bare-peers.ts'

interface Dish {
  readonly id: number
  readonly name: string
}

interface WashedDish extends Dish {
  readonly washedAt: number
}

interface WetDish extends Dish {
  readonly wet: boolean
}

const count = 64
const anywhere = 'tcp://127.0.0.1:*'
const washedAt = 1_732_300_000_000

/** Each of these printed in its language's own way: the numbers of a line are what can be compared. */
const numbers = (line: string): number[] => (line.match(/\d+/g) ?? []).map(Number)
const wet = (id: number): WetDish => ({ id, name: 'plate', wet: true })
const dishes = (): WetDish[] => Array.from({ length: count }, (_, id) => wet(id))

describe.each(languages)('with nothing but ZeroMQ and msgpack, $name', (language) => {
  let need: (context: TestContext) => void
  beforeAll(() => {
    need = lookFor(language)
  })
  beforeEach((context) => need(context))

  it('FNF-1 FNF-2 feeds a Puller by PUSH, a millisecond timestamp in each message, and ends its stream', async () => {
    await using puller = new Puller<WashedDish>({ bind: anywhere, senders: 1 })
    const [endpoint = ''] = await puller.endpoints()
    const before = Date.now()
    await using push = new BarePeer(language, 'push', endpoint, String(count))
    const taken: WashedDish[] = []
    for await (const dish of puller) taken.push(dish)
    await push.done()
    expect(taken.map(({ id, name }) => [id, name])).toEqual(dishes().map(({ id, name }) => [id, name]))
    const times = taken.map((dish) => dish.washedAt)
    expect(times.every((time) => Number.isInteger(time) && time >= before && time <= Date.now())).toBe(true)
    expect(puller.stats()).toMatchObject({ received: count, refused: 0 })
  })

  it('FNF-5 takes one value a frame from a Pusher by PULL, headers beside some, to the end of the stream', async () => {
    await using pusher = new Pusher<WashedDish>({ bind: anywhere, maxBatchMessages: 1 })
    const [endpoint = ''] = await pusher.endpoints()
    await using pull = new BarePeer(language, 'pull', endpoint)
    await pusher.ready()
    for (let id = 0; id < count; id++) {
      const headers = id % 8 === 0 ? { headers: { table: 7 } } : {}
      void pusher.send({ id, name: 'plate', washedAt: washedAt + id }, headers)
    }
    await pusher.drain()
    const lines = await pull.done()
    expect(lines.map(numbers)).toEqual(dishes().map(({ id }) => [id, washedAt + id]))
    expect(lines.every((line) => line.includes('plate'))).toBe(true)
  })

  it('RR-1 RR-7 asks a Replier by REQ, and reads in the headers why one failed', async () => {
    await using replier = new Replier<WetDish, WetDish>({ bind: anywhere }, (dish) => {
      if (dish.id === 3) throw new RangeError('it has a crack')
      return { ...dish, wet: false }
    })
    const [endpoint = ''] = await replier.endpoints()
    await using req = new BarePeer(language, 'req', endpoint, '6')
    const lines = await req.done()
    expect(lines.map(numbers)).toEqual([[0], [1], [2], [], [4], [5]])
    expect(lines[3]).toMatch(/RangeError.*it has a crack|it has a crack.*RangeError/)
    expect(lines.filter((line) => /false/i.test(line)).length).toBe(5)
    expect(replier.stats()).toMatchObject({ received: 6, delivered: 5, failed: 1 })
  })

  it(`RR-2 answers ${count} requests in flight by REP`, async () => {
    await using rep = new BarePeer(language, 'rep', anywhere)
    await using requester = new Requester<WetDish, WetDish>({
      connect: await rep.endpoint(),
      inFlight: count,
    })
    const asked = dishes().map((dish) => requester.request(dish))
    expect(requester.stats().inFlight + requester.stats().pending).toBe(count)
    expect(await Promise.all(asked)).toEqual(dishes().map((dish) => ({ ...dish, wet: false })))
    await requester.drain()
  })

  it('RR-10 RR-13 serves a link by REP, answers its end, and serves the next', async () => {
    await using rep = new BarePeer(language, 'rep', anywhere)
    const washing = pipeline('dishes')
      .source('washer', dishes)
      .link(requestReply({ inFlight: count }))
      .sink('dryer', () => undefined)
    const endpoints = { 'washer:dryer': `connect:${await rep.endpoint()}` }
    for (let times = 0; times < 2; times++) {
      const { ledger } = await runStage(washing, 'washer', { endpoints, environment: {} })
      expect(ledger).toMatchObject({ accepted: count, delivered: count, failed: 0, undelivered: 0 })
    }
  })

  it('ENV-4 ENV-5 ENV-8 ENV-14 ENV-17 gives back by REP what the profile carries, as it was', async () => {
    const everything = {
      wet: true,
      washedAt,
      bits: [0, 127, 128, 255, 256, 65_536, 2 ** 32, -1, -32, -33, -129, -(2 ** 31), -washedAt],
      wide: [2 ** 53 - 1, 2n ** 64n - 1n, -(2n ** 63n)],
      floats: [0.5, -0, 5e-324, 1.7976931348623157e308, Number.POSITIVE_INFINITY, Number.NaN],
      times: [new Date(washedAt), new Date(washedAt + 123), new Date(-1), new Date(0)],
      texts: ['', 'Spülmaschine', '皿', '🍽️', '\u0000', '\uFEFF'],
      octets: [new Uint8Array(0), Uint8Array.of(0, 0xc1, 0xff)],
      others: [null, true, false, [], {}, { 'ключ 🔑': [[1]] }],
    }
    await using rep = new BarePeer(language, 'rep', anywhere)
    await using requester = new Requester<typeof everything, typeof everything>({
      connect: await rep.endpoint(),
    })
    const reply = await requester.request(everything)
    const plain = (value: Uint8Array): number[] => [...value]
    expect({ ...reply, octets: reply.octets.map(plain) }).toEqual({
      ...everything,
      octets: everything.octets.map(plain),
      wet: false,
    })
  })
})
