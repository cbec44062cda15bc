/** Request-reply between TypeScript and Python, in both directions, also while either side is killed. */
import { RemoteError } from '@sluice/core'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory, until } from '../support/left-behind.ts'
import { inPython, PythonPeer } from '../support/python.ts'

interface Counted {
  readonly n: number
}

inPython()

const requests = (requester: Requester<Counted, Counted>, count: number): Promise<Counted[]> =>
  Promise.all(Array.from({ length: count }, (_, n) => requester.request({ n })))
const doubled = (count: number): Counted[] => Array.from({ length: count }, (_, n) => ({ n: n * 2 }))
const double = ({ n }: Counted): Counted => ({ n: n * 2 })

describe.each(['tcp', 'ipc'])('over %s', (scheme) => {
  const endpointIn = (directory: TemporaryDirectory): string =>
    scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory.path}/link`

  it('TypeScript asks and Python answers, many at once', async () => {
    using directory = new TemporaryDirectory()
    await using python = new PythonPeer('reply', '--bind', endpointIn(directory), '--senders', '1')
    await using requester = new Requester<Counted, Counted>({ connect: await python.endpoint() })
    expect(await requests(requester, 500)).toEqual(doubled(500))
    await requester.drain()
    expect((await python.done()).stats).toMatchObject({ received: 500, delivered: 500, refused: 0 })
  })

  it('Python asks and TypeScript answers, many at once', async () => {
    using directory = new TemporaryDirectory()
    await using replier = new Replier<Counted, Counted>({ bind: endpointIn(directory) }, double)
    const [endpoint = ''] = await replier.endpoints()
    await using python = new PythonPeer('request', '--connect', endpoint, '--count', '500')
    expect(await python.done()).toMatchObject({ right: true, stats: { delivered: 500, refused: 0 } })
    expect(replier.stats()).toMatchObject({ received: 500, delivered: 500, refused: 0 })
  })

  it('a Python replier that is killed and started again is picked up', async () => {
    using directory = new TemporaryDirectory()
    await using first = new PythonPeer('reply', '--bind', endpointIn(directory))
    const endpoint = await first.endpoint()
    await using requester = new Requester<Counted, Counted>({ connect: endpoint, timeoutMs: 60_000 })
    expect(await requester.request({ n: 1 })).toEqual({ n: 2 })
    await first.kill()
    const asked = requester.request({ n: 2 })
    await using _second = new PythonPeer('reply', '--bind', endpoint)
    expect(await asked).toEqual({ n: 4 })
  })
})

describe('over tcp', () => {
  it('the requester may bind, in either language', async () => {
    await using requester = new Requester<Counted, Counted>({ bind: 'tcp://127.0.0.1:*' })
    const [endpoint = ''] = await requester.endpoints()
    await using python = new PythonPeer('reply', '--connect', endpoint, '--senders', '1')
    expect(await requests(requester, 100)).toEqual(doubled(100))
    await requester.drain()
    await python.done()

    await using asking = new PythonPeer('request', '--bind', 'tcp://127.0.0.1:*', '--count', '100')
    await using replier = new Replier<Counted, Counted>({ connect: await asking.endpoint() }, double)
    expect(await asking.done()).toMatchObject({ right: true })
    expect(replier.stats().delivered).toBe(100)
  })

  it('RR-7 an error of a Python handler arrives with its code and message', async () => {
    await using python = new PythonPeer('reply', '--bind', 'tcp://127.0.0.1:*')
    await using requester = new Requester<Counted, Counted>({ connect: await python.endpoint() })
    const failed = await requester.request({ n: -1 }).catch((error: unknown) => error)
    expect(failed).toBeInstanceOf(RemoteError)
    expect(failed).toMatchObject({ remoteCode: 'ValueError', message: 'a negative number of plates' })
  })

  it('what a killed Python replier had is answered by a TypeScript one', async () => {
    await using python = new PythonPeer('reply', '--bind', 'tcp://127.0.0.1:*', '--pause-ms', '2')
    await using replier = new Replier<Counted, Counted>({ bind: 'tcp://127.0.0.1:*' }, double)
    const [endpoint = ''] = await replier.endpoints()
    await using requester = new Requester<Counted, Counted>({
      connect: [await python.endpoint(), endpoint],
      inFlight: 16,
    })
    await until(() => requester.stats().peers === 2)
    const asked = requests(requester, 400)
    await until(() => requester.stats().delivered > 20)
    await python.kill()
    expect(await asked).toEqual(doubled(400))
  })

  it('a TypeScript replier goes on when a Python requester is killed', async () => {
    await using replier = new Replier<Counted, Counted>({ bind: 'tcp://127.0.0.1:*' }, double)
    const [endpoint = ''] = await replier.endpoints()
    await using victim = new PythonPeer('request', '--connect', endpoint, '--count', '1000000')
    await until(() => replier.stats().delivered > 100)
    await victim.kill()
    await using other = new PythonPeer('request', '--connect', endpoint, '--count', '100')
    expect(await other.done()).toMatchObject({ right: true })
  })
})
