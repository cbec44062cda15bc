/** Several bound sockets with keys in one process: each has its own list, its own key, and its own limits. */
import { AllowList } from '@sluice/core'
import { Consumer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import { Dealer } from 'zeromq'
import { eventually } from '../support/by-hand.ts'
import { clientOf, comesThrough, joined, newKeys, secured } from '../support/secured.ts'

const server = newKeys()
const client = newKeys()
const [oneWay, , backpressure] = secured as [(typeof secured)[0], (typeof secured)[0], (typeof secured)[0]]

describe('two bound sockets of one process', () => {
  it('have each its own list', async () => {
    await using open = backpressure.receiver({
      bind: 'tcp://127.0.0.1:*',
      security: { ...server, allow: [client.publicKey] },
    })
    await using shut = backpressure.receiver({ bind: 'tcp://127.0.0.1:*', security: server })
    const security = clientOf(server, client)
    await using welcome = backpressure.sender({ connect: await open.endpoint(), security })
    await using unwelcome = backpressure.sender({ connect: await shut.endpoint(), security })
    await comesThrough({ sender: welcome, receiver: open })
    await eventually(() => unwelcome.errors.length > 0 && shut.errors.length > 0)
    expect(open.errors).toEqual([])
  })

  it('share a list that is an object', async () => {
    const allow = new AllowList()
    const security = { ...server, allow }
    const links = await Promise.all(
      [oneWay, backpressure].map((pattern) =>
        joined(pattern, 'receiver', { security }, { security: clientOf(server, client) }),
      ),
    )
    await eventually(() => links.every((link) => link.server.errors.length > 0))
    allow.add(client.publicKey)
    for (const link of links) await comesThrough(link)
    for (const link of links) {
      await link.client[Symbol.asyncDispose]()
      await link.server[Symbol.asyncDispose]()
    }
  })

  it('rotate a key: the new one on an endpoint of its own, beside the old', async () => {
    const next = newKeys()
    const allow = new AllowList([client.publicKey])
    await using old = backpressure.receiver({ bind: 'tcp://127.0.0.1:*', security: { ...server, allow } })
    await using fresh = backpressure.receiver({ bind: 'tcp://127.0.0.1:*', security: { ...next, allow } })
    const [at, then] = [await old.endpoint(), await fresh.endpoint()]
    const serverKey = { [at]: server.publicKey, [then]: next.publicKey }
    await using sender = backpressure.sender({ connect: [at, then], security: { ...client, serverKey } })
    await eventually(() => sender.peers() === 2)
    for (let n = 0; n < 10; n++) await sender.send(n)
    await eventually(() => old.got.length + fresh.got.length === 10)
  })
})

describe('a bound socket with keys', () => {
  it('is answered for again when it is opened after all others were closed', async () => {
    for (let round = 0; round < 3; round++) {
      const link = await joined(
        backpressure,
        'receiver',
        { security: { ...server, allow: [client.publicKey] } },
        { security: clientOf(server, client) },
      )
      await comesThrough(link)
      await link.client[Symbol.asyncDispose]()
      await link.server[Symbol.asyncDispose]()
    }
  })

  it('has no more sessions of one key than it may within a time, and counts the others', async () => {
    const consumer = new Consumer({
      bind: 'tcp://127.0.0.1:*',
      security: { ...server, allow: [client.publicKey] },
      limits: { maxSessionsPerKey: 5 },
    })
    const [endpoint = ''] = await consumer.endpoints()
    const bare = Array.from({ length: 20 }, () => {
      const socket = new Dealer({
        linger: 0,
        curvePublicKey: client.publicKey,
        curveSecretKey: client.secretKey,
        curveServerKey: server.publicKey,
      })
      socket.connect(endpoint)
      return socket
    })
    await eventually(() => consumer.stats().refused >= 15)
    for (const socket of bare) socket.close()
    await consumer.close()
  })

  it('gives ipc beside tcp no keys: files are guarded by their permissions', async () => {
    await using host = backpressure.receiver({ bind: 'ipc://*', security: server })
    await using guest = backpressure.sender({ connect: await host.endpoint() })
    await comesThrough({ sender: guest, receiver: host })
  })
})
