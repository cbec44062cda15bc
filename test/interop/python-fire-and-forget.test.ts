/** Fire-and-forget between TypeScript and Python, in both directions, also while either side is killed. */
import { Puller, Pusher } from '@sluice/patterns/fire-and-forget'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory, until } from '../support/left-behind.ts'
import { inPython, PythonPeer } from '../support/python.ts'

interface Dish {
  readonly id: number
}

inPython()

const numbers = (count: number): number[] => Array.from({ length: count }, (_, id) => id)
const plenty = 1_000_000

describe.each(['tcp', 'ipc'])('over %s', (scheme) => {
  const endpointIn = (directory: TemporaryDirectory): string =>
    scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory.path}/link`

  it('FNF-2 TypeScript pushes, Python pulls and sees the end', async () => {
    using directory = new TemporaryDirectory()
    await using python = new PythonPeer('pull', '--bind', endpointIn(directory), '--senders', '1')
    await using pusher = new Pusher<Dish>({ connect: await python.endpoint(), highWaterMark: plenty })
    await pusher.ready()
    for (const id of numbers(1_000)) await pusher.send({ id })
    await pusher.drain()
    expect((await python.done()).ids).toEqual(numbers(1_000))
    expect(pusher.stats()).toMatchObject({ accepted: 1_000, delivered: 1_000, dropped: 0 })
  })

  it('FNF-2 Python pushes, TypeScript pulls and sees the end', async () => {
    using directory = new TemporaryDirectory()
    await using puller = new Puller<Dish>({ bind: endpointIn(directory), senders: 1, highWaterMark: plenty })
    const [endpoint = ''] = await puller.endpoints()
    await using python = new PythonPeer('push', '--connect', endpoint, '--count', '1000')
    const ids: number[] = []
    for await (const { id } of puller) ids.push(id)
    expect(ids).toEqual(numbers(1_000))
    expect((await python.done()).stats).toMatchObject({ accepted: 1_000, delivered: 1_000, dropped: 0 })
    expect(puller.stats().refused).toBe(0)
  })
})

describe('over tcp', () => {
  it('FNF-5 Python may send one value a frame', async () => {
    await using puller = new Puller<Dish>({ bind: 'tcp://127.0.0.1:*', senders: 1, highWaterMark: plenty })
    const [endpoint = ''] = await puller.endpoints()
    await using _python = new PythonPeer('push', '--connect', endpoint, '--count', '100', '--single')
    const ids: number[] = []
    for await (const { id } of puller) ids.push(id)
    expect(ids).toEqual(numbers(100))
  })

  it('FNF-4 a pusher never waits for a Python puller that was killed', async () => {
    await using first = new PythonPeer('pull', '--bind', 'tcp://127.0.0.1:*')
    await using pusher = new Pusher<Dish>({ connect: await first.endpoint() })
    await pusher.ready()
    await first.kill()
    await until(() => pusher.stats().peers === 0)
    for (const id of numbers(10)) await pusher.send({ id })
    expect(pusher.stats().droppedBy).toEqual({ 'no-peer': 10 })
  })

  it('a puller goes on when a Python pusher is killed', async () => {
    await using puller = new Puller<Dish>({ bind: 'tcp://127.0.0.1:*', senders: 1, highWaterMark: plenty })
    const [endpoint = ''] = await puller.endpoints()
    await using victim = new PythonPeer(
      'push',
      '--connect',
      endpoint,
      '--first',
      '1000000',
      '--count',
      '10000000',
    )
    let second: PythonPeer | undefined
    const ids: number[] = []
    for await (const { id } of puller) {
      if (id < 1_000_000) ids.push(id)
      if (second !== undefined) continue
      await victim.kill()
      second = new PythonPeer('push', '--connect', endpoint, '--count', '100')
    }
    await using other = second
    await other?.done()
    expect(ids).toEqual(numbers(100))
  })
})
