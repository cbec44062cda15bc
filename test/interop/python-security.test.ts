/** CURVE between TypeScript and Python: either binds, and either is kept out with a key that is not on the list. */
import type { LinkError } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { until } from '../support/left-behind.ts'
import { inPython, PythonPeer } from '../support/python.ts'
import { newKeys } from '../support/secured.ts'

inPython()

type Keys = ReturnType<typeof newKeys>

interface Dish {
  readonly id: number
}

const [server, client] = [newKeys(), newKeys()]
const count = 200
const numbers = Array.from({ length: count }, (_, id) => id)
const loopback = 'tcp://127.0.0.1:*'

/** Python by its environment: as the server that lets `client` in, or as a client of `server`. */
const serving: NodeJS.ProcessEnv = {
  SLUICE_CURVE_PUBLIC_KEY: server.publicKey,
  SLUICE_CURVE_SECRET_KEY: server.secretKey,
  SLUICE_CURVE_ALLOW: client.publicKey,
}
const asking = (own: Keys, serverKey = server.publicKey): NodeJS.ProcessEnv => ({
  SLUICE_CURVE_PUBLIC_KEY: own.publicKey,
  SLUICE_CURVE_SECRET_KEY: own.secretKey,
  SLUICE_CURVE_SERVER_KEY: serverKey,
})

describe('TypeScript binds with keys and a list', () => {
  const security = { ...server, allow: [client.publicKey] }

  it('Python sends to a consumer', async () => {
    await using consumer = new Consumer<Dish>({ bind: loopback, senders: 1, security })
    const [at = ''] = await consumer.endpoints()
    const role = { role: 'produce', env: asking(client) }
    await using python = new PythonPeer(role, '--connect', at, '--count', `${count}`)
    const ids: number[] = []
    for await (const { id } of consumer) ids.push(id)
    expect(ids).toEqual(numbers)
    await python.done()
  })

  it('Python asks a replier, and pushes to a puller', async () => {
    const double = ({ n }: { n: number }) => ({ n: 2 * n })
    await using replier = new Replier<{ n: number }, { n: number }>({ bind: loopback, security }, double)
    await using puller = new Puller<Dish>({ bind: loopback, security, senders: 1 })
    const [[to = ''], [at = '']] = await Promise.all([replier.endpoints(), puller.endpoints()])
    const env = asking(client)
    await using asks = new PythonPeer({ role: 'request', env }, '--connect', to, '--count', `${count}`)
    await using pushes = new PythonPeer({ role: 'push', env }, '--connect', at, '--count', `${count}`)
    const ids: number[] = []
    for await (const { id } of puller) ids.push(id)
    expect(ids).toEqual(numbers)
    expect(await asks.done()).toMatchObject({ right: true })
    await pushes.done()
  })

  it('Python with another key, or another for the server, stays out and is counted', async () => {
    const refused: LinkError[] = []
    const onRefused = (error: LinkError): void => void refused.push(error)
    await using consumer = new Consumer<Dish>({ bind: loopback, security, onRefused })
    const [at = ''] = await consumer.endpoints()
    const stranger = newKeys()
    await using unlisted = new PythonPeer({ role: 'produce', env: asking(stranger) }, '--connect', at)
    await using mistaken = new PythonPeer(
      { role: 'produce', env: asking(client, stranger.publicKey) },
      '--connect',
      at,
    )
    await until(() => refused.some(({ message }) => message.includes(stranger.publicKey)))
    await until(() => refused.some(({ message }) => message.includes('another serverKey')))
    expect(consumer.stats()).toMatchObject({ received: 0, peers: 0 })
    expect([unlisted, mistaken].flatMap(({ said }) => said).some(({ done }) => done === true)).toBe(false)
  })
})

describe('Python binds with keys and a list', () => {
  const security = { ...client, serverKey: server.publicKey }

  it('TypeScript sends to a consumer', async () => {
    await using python = new PythonPeer(
      { role: 'consume', env: serving },
      '--bind',
      loopback,
      '--senders',
      '1',
    )
    await using producer = new Producer<Dish>({ connect: await python.endpoint(), security })
    for (const id of numbers) await producer.send({ id })
    await producer.drain()
    await python.done()
    expect(python.ids).toEqual(numbers)
  })

  it('TypeScript asks a replier, and pushes to a puller', async () => {
    await using reply = new PythonPeer({ role: 'reply', env: serving }, '--bind', loopback)
    await using pull = new PythonPeer({ role: 'pull', env: serving }, '--bind', loopback, '--senders', '1')
    await using requester = new Requester<{ n: number }, { n: number }>({
      connect: await reply.endpoint(),
      security,
    })
    expect(await requester.request({ n: 21 })).toEqual({ n: 42 })
    await using pusher = new Pusher<Dish>({ connect: await pull.endpoint(), security })
    await pusher.ready()
    for (const id of numbers) await pusher.send({ id })
    await pusher.drain()
    expect((await pull.done()).ids).toEqual(numbers)
  })

  it('TypeScript with another key, or another for the server, stays out and is told why', async () => {
    await using python = new PythonPeer({ role: 'consume', env: serving }, '--bind', loopback)
    const connect = await python.endpoint()
    const told: string[] = []
    const onRefused = ({ message }: LinkError): void => void told.push(message)
    const stranger = newKeys()
    const unlisted = new Producer<Dish>({
      connect,
      security: { ...stranger, serverKey: server.publicKey },
      onRefused,
    })
    const mistaken = new Producer<Dish>({
      connect,
      security: { ...client, serverKey: stranger.publicKey },
      onRefused,
    })
    await until(() => told.some((text) => text.includes(`the key ${stranger.publicKey} is not on the list`)))
    await until(() => told.some((text) => text.includes('serverKey is not the key of that side')))
    await unlisted.close()
    await mistaken.close()
  })
})
