/** SEC: who may speak at all, and how much. Strangers are bare sockets and plain connections. */
import { AllowList, EncodeError, OptionError, securityFromEnvironment } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { pack } from 'msgpackr'
import { describe, expect, it } from 'vitest'
import { Dealer } from 'zeromq'
import { epochOf, Stranger } from '../support/bp-stranger.ts'
import { aWhile, eventually } from '../support/by-hand.ts'
import { newKeys } from '../support/secured.ts'

const server = newKeys()
const client = newKeys()
const loopback = 'tcp://127.0.0.1:*'

/** A bare socket with keys, and what it saw of its handshakes. */
function bare(endpoint: string, own: ReturnType<typeof newKeys>): { socket: Dealer; seen: string[] } {
  const socket = new Dealer({
    linger: 0,
    curvePublicKey: own.publicKey,
    curveSecretKey: own.secretKey,
    curveServerKey: server.publicKey,
  })
  const seen: string[] = []
  socket.events.on('handshake', () => seen.push('in'))
  socket.events.on('handshake:error:auth', ({ error }) => seen.push(String(error.status)))
  socket.connect(endpoint)
  return { socket, seen }
}

describe('keys', () => {
  it('SEC-10 tcp is bound beyond loopback with keys, or by a caller who says that it is meant so', async () => {
    expect(() => new Puller({ bind: 'tcp://0.0.0.0:*' })).toThrow(OptionError)
    for (const guard of [{ security: server }, { insecure: true }]) {
      const puller = new Puller({ bind: 'tcp://0.0.0.0:*', ...guard })
      await puller.endpoints()
      await puller.close()
    }
  })

  it('SEC-11 no key comes in but those of the list, not even before anybody was let in', async () => {
    await using consumer = new Consumer({
      bind: loopback,
      security: { ...server, allow: [client.publicKey] },
    })
    const [endpoint = ''] = await consumer.endpoints()
    const strangers = Array.from({ length: 8 }, () => bare(endpoint, newKeys()))
    const friend = bare(endpoint, client)
    await eventually(() => [...strangers, friend].every(({ seen }) => seen.length > 0))
    expect(strangers.map(({ seen }) => seen)).toEqual(strangers.map(() => ['400']))
    expect(friend.seen).toEqual(['in'])
    for (const { socket } of [...strangers, friend]) socket.close()
  })

  it('SEC-12 a key that was refused is counted, and comes in by itself once it is on the list', async () => {
    const allow = new AllowList()
    await using replier = new Replier({ bind: loopback, security: { ...server, allow } }, () => 'here')
    const security = { ...client, serverKey: server.publicKey }
    const connect = await replier.endpoints()
    await using requester = new Requester({ connect, security, onRefused: () => undefined })
    await eventually(() => (replier.stats().refusedBy?.['key'] ?? 0) > 1)
    expect(requester.stats().refusedBy).toMatchObject({ key: expect.any(Number) as number })
    allow.add(client.publicKey)
    expect(await requester.request('anybody?', { timeoutMs: 10_000 })).toBe('here')
  })

  it('SEC-13 a key that is taken off the list is out at once', async () => {
    const allow = new AllowList([client.publicKey])
    await using puller = new Puller({ bind: loopback, security: { ...server, allow } })
    const [endpoint = ''] = await puller.endpoints()
    const security = { ...client, serverKey: server.publicKey }
    await using pusher = new Pusher({ connect: endpoint, security, onRefused: () => undefined })
    await eventually(() => pusher.stats().peers === 1)
    allow.delete(client.publicKey)
    await eventually(() => pusher.stats().peers === 0)
    await eventually(() => (puller.stats().refusedBy?.['key'] ?? 0) > 0)
  })

  it('SEC-15 one key begins no more sessions within a time than it may', async () => {
    await using consumer = new Consumer({
      bind: loopback,
      security: { ...server, allow: [client.publicKey] },
      limits: { maxSessionsPerKey: 2 },
    })
    const [endpoint = ''] = await consumer.endpoints()
    const all = Array.from({ length: 6 }, () => bare(endpoint, client))
    await eventually(() => (consumer.stats().refusedBy?.['sessions'] ?? 0) >= 4)
    await eventually(() => all.filter(({ seen }) => seen.includes('in')).length === 2)
    for (const { socket } of all) socket.close()
  })

  it('SEC-16 keys are found in the environment', () => {
    const environment = {
      SLUICE_CURVE_PUBLIC_KEY: client.publicKey,
      SLUICE_CURVE_SECRET_KEY: client.secretKey,
      SLUICE_CURVE_SERVER_KEY: server.publicKey,
      SLUICE_CURVE_ALLOW_DIRECTORY: '/etc/sluice/clients',
    }
    expect(securityFromEnvironment(environment)).toEqual({
      ...client,
      serverKey: server.publicKey,
      allowDirectory: '/etc/sluice/clients',
    })
  })
})

describe('octets', () => {
  const kib = new Uint8Array(1_024)

  it('SEC-1 a message that the other side would not take is refused by the call that sends it', async () => {
    const limits = { maxMessageBytes: 1_000 }
    await using consumer = new Consumer({ bind: loopback, limits })
    await using producer = new Producer({ connect: await consumer.endpoints(), limits })
    const came: unknown[] = []
    consumer.start((delivery) => {
      came.push(...delivery.values)
      delivery.settle(0, 'delivered')
    })
    await producer.ready()
    await expect(producer.send(kib)).rejects.toThrow(EncodeError)
    await producer.send('small')
    await eventually(() => came.length > 0)
    expect(came).toEqual(['small'])
  })

  it('SEC-14 a backpressure sender beyond its octets is shown out, and counted', async () => {
    const limits = { maxBufferedBytes: 10_000 }
    const consumer = new Consumer({ bind: loopback, highWaterMark: 100, limits })
    consumer.start(() => undefined)
    using stranger = Stranger.connected((await consumer.endpoints())[0] ?? '')
    expect((await stranger.asSender(epochOf(1))).args).toMatchObject({ hwmBytes: 5_000 })
    for (let n = 0; n < 10; n++) await stranger.say('DATA', [epochOf(1), n, 0], pack(kib))
    expect((await stranger.next('BYE')).args).toEqual([
      epochOf(1),
      'protocol',
      expect.stringContaining('BP-18'),
    ])
    expect(consumer.stats().refusedBy).toEqual({ bytes: 1 })
    await consumer.close()
  })

  it('SEC-14 a requester beyond its octets is told to try elsewhere, and others are served', async () => {
    const answers: (() => void)[] = []
    const handler = () => new Promise<string>((resolve) => answers.push(() => resolve('done')))
    await using replier = new Replier({ bind: loopback, limits: { maxBufferedBytes: 10_000 } }, handler)
    const connect = await replier.endpoints()
    const greedy = new Requester<Uint8Array>({ connect })
    const asked = Array.from({ length: 12 }, () => greedy.request(kib, { timeoutMs: 10_000 }))
    for (const one of asked) one.catch(() => undefined)
    await eventually(() => (replier.stats().refusedBy?.['bytes'] ?? 0) > 0)
    await using modest = new Requester<string>({ connect })
    const answer = modest.request('me too')
    await eventually(() => answers.length === 10)
    for (const give of answers.splice(0)) give()
    expect(await answer).toBe('done')
    await greedy.close()
  })

  it('SEC-14 a puller whose octets are full reads no more until it has room', async () => {
    await using puller = new Puller({ bind: loopback, limits: { maxBufferedBytes: 4_096 } })
    await using pusher = new Pusher({ connect: await puller.endpoints(), highWaterMark: 1_000 })
    const bulk = new Uint8Array(64 * 1_024)
    const seen = puller[Symbol.asyncIterator]()
    await eventually(() => pusher.stats().peers === 1)
    for (let n = 0; n < 200; n++) await pusher.send(bulk)
    expect((await seen.next()).value).toHaveLength(bulk.length)
    await aWhile()
    expect(puller.stats().held).toBeLessThan(5)
    for (let n = 1; n < 200; n++) await seen.next()
  })
})
