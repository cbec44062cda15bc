/** Bare sockets of both kinds on either side of request-reply, and a bare PULL at the end of a link. */
import { encode, pipeline, runStage } from '@sluice/core'
import { fireAndForget } from '@sluice/patterns'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { expect, it } from 'vitest'
import {
  anyPort,
  BareDealer,
  BarePull,
  BareReply,
  BareRequest,
  BareRouter,
  empty,
  values,
} from '../support/bare.ts'
import { until } from '../support/left-behind.ts'

const count = 64
const numbers = Array.from({ length: count }, (_, n) => n)
const only = (frame: Buffer | undefined): number => values(frame)[0] as number

it('RR-1 RR-2 a requester speaks to a REP and a ROUTER server alike', async () => {
  using rep = new BareReply()
  using router = new BareRouter()
  for (const server of [rep, router]) await server.bind(anyPort)
  const requester = new Requester<number, number>({
    connect: [rep.lastEndpoint!, router.lastEndpoint!],
    inFlight: count,
  })
  const served = { rep: 0, router: 0 }
  const serving = Promise.all([
    (async () => {
      for await (const [payload] of rep) {
        await rep.send(encode(only(payload) * 2))
        served.rep++
      }
    })(),
    (async () => {
      for await (const [peer, id, , payload] of router) {
        await router.send([peer!, id!, empty, encode(only(payload) * 2)])
        served.router++
      }
    })(),
  ]).catch(() => undefined)
  await until(() => requester.stats().peers === 2)
  expect(await Promise.all(numbers.map((n) => requester.request(n)))).toEqual(numbers.map((n) => n * 2))
  expect(await Promise.all(numbers.map((n) => requester.request(n)))).toEqual(numbers.map((n) => n * 2))
  await requester.drain()
  expect(requester.stats()).toMatchObject({ delivered: 2 * count, refused: 0 })
  expect(served.rep + served.router).toBe(2 * count)
  expect(Math.min(served.rep, served.router)).toBeGreaterThan(0)
  for (const server of [rep, router]) server.close()
  await serving
})

it('RR-1 RR-2 a replier serves a REQ and a DEALER alike', async () => {
  await using replier = new Replier<number, number>({ bind: anyPort }, (n) => n * 2)
  const [endpoint] = await replier.endpoints()
  using req = new BareRequest()
  using dealer = new BareDealer()
  for (const client of [req, dealer]) client.connect(endpoint!)
  const oneAtATime = (async () => {
    const answers: number[] = []
    for (const n of numbers) {
      await req.send(encode(n))
      answers.push(only((await req.receive())[0]))
    }
    return answers
  })()
  const manyAtOnce = (async () => {
    const answers = new Map<string, number>()
    for (const n of numbers) await dealer.send([`dish ${n}`, empty, encode(n)])
    while (answers.size < count) {
      const [id, , payload] = await dealer.receive()
      answers.set(String(id), only(payload))
    }
    return answers
  })()
  expect(await oneAtATime).toEqual(numbers.map((n) => n * 2))
  expect(await manyAtOnce).toEqual(new Map(numbers.map((n) => [`dish ${n}`, n * 2])))
  expect(replier.stats()).toMatchObject({ received: 2 * count, delivered: 2 * count, refused: 0 })
})

it('FNF-5 a link sends one value a frame to a PULL when told to', async () => {
  using pull = new BarePull()
  await pull.bind(anyPort)
  const counting = pipeline('numbers')
    .source('count', () => numbers)
    .link(fireAndForget({ maxBatchMessages: 1 }))
    .sink('show', () => undefined)
  const endpoints = { 'count:show': `connect:${pull.lastEndpoint!}` }
  const { ledger } = await runStage(counting, 'count', { endpoints, environment: {} })
  expect(ledger).toMatchObject({ accepted: count, delivered: count, dropped: 0 })
  for (const n of numbers) expect((await pull.receive()).map(values)).toEqual([[n]])
  expect(await pull.receive()).toEqual([empty])
})
