/** Fire-and-forget and request-reply whose other side is a process of its own, which may be killed. */
import { privateDirectory } from '@sluice/core'
import { Puller, Pusher, Replier, Requester } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/by-hand.ts'
import { Program } from '../support/program.ts'

/** Where the program listens, once it does. */
async function ready(program: Program): Promise<string> {
  return (await program.says('ready ')).slice('ready '.length)
}

describe.each(['tcp', 'ipc'])('over %s', (scheme) => {
  const place = (directory: string, name: string): string =>
    scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory}/${name}`

  it('picks up a replier that was killed with requests in hand and started again', async () => {
    await using directory = await privateDirectory()
    using first = new Program('side.ts', ['mute', place(directory.path, 'a')])
    const endpoint = await ready(first)
    await using requester = new Requester<number, number>({ connect: endpoint })
    const replies = Array.from({ length: 20 }, (_, n) => requester.request(n))
    await first.says('asked 19')
    first.child.kill('SIGKILL')
    await first.ends()
    using second = new Program('side.ts', ['echo', endpoint])
    expect(await Promise.all(replies)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(await requester.request(20)).toBe(20)
    expect(requester.stats()).toMatchObject({ accepted: 21, delivered: 21, failed: 0, redelivered: 20 })
    // What it printed may come behind what it replied.
    await eventually(() => second.out.length > 20)
  })

  it('asks another replier what one had that was killed', async () => {
    await using directory = await privateDirectory()
    using mute = new Program('side.ts', ['mute', place(directory.path, 'a')])
    using echo = new Program('side.ts', ['echo', place(directory.path, 'b')])
    const connect = [await ready(mute), await ready(echo)]
    await using requester = new Requester<number, number>({ connect })
    await eventually(() => requester.stats().peers === 2)
    const replies = Array.from({ length: 20 }, (_, n) => requester.request(n))
    await eventually(() => requester.stats().delivered === 10)
    mute.child.kill('SIGKILL')
    expect(await Promise.all(replies)).toEqual(Array.from({ length: 20 }, (_, n) => n))
    expect(requester.stats()).toMatchObject({ delivered: 20, redelivered: 10, failed: 0 })
  })

  it('asks another replier what one has that is frozen, once its heart has stopped', async () => {
    await using directory = await privateDirectory()
    using frozen = new Program('side.ts', ['mute', place(directory.path, 'a')])
    using echo = new Program('side.ts', ['echo', place(directory.path, 'b')])
    const connect = [await ready(frozen), await ready(echo)]
    const limits = { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 300 }
    await using requester = new Requester<number, number>({ connect, limits })
    await eventually(() => requester.stats().peers === 2)
    const replies = Array.from({ length: 4 }, (_, n) => requester.request(n))
    await eventually(() => requester.stats().delivered === 2)
    frozen.child.kill('SIGSTOP')
    expect(await Promise.all(replies)).toEqual([0, 1, 2, 3])
    expect(requester.stats()).toMatchObject({ delivered: 4, redelivered: 2 })
  })

  it('aborts the handlers of a requester that was killed', async () => {
    await using directory = await privateDirectory()
    let aborted = 0
    let asked = 0
    await using replier = new Replier({ bind: place(directory.path, 'a') }, (_message, { signal }) => {
      asked++
      const { promise, resolve } = Promise.withResolvers<void>()
      signal.addEventListener('abort', () => {
        aborted++
        resolve()
      })
      return promise
    })
    const [endpoint] = await replier.endpoints()
    using requester = new Program('side.ts', ['ask', endpoint!, '5'])
    await eventually(() => asked === 5)
    requester.child.kill('SIGKILL')
    await eventually(() => aborted === 5)
  })

  it('lets a program that has drained its requests end by itself', async () => {
    await using directory = await privateDirectory()
    await using replier = new Replier({ bind: place(directory.path, 'a'), senders: 1 }, (message) => message)
    const [endpoint] = await replier.endpoints()
    using requester = new Program('side.ts', ['ask', endpoint!, '100'])
    expect(await requester.ends()).toBe(0)
    expect(requester.out).toEqual(['answered 100', 'drained'])
    await replier.ended
  })

  it('loses nothing of what a program pushed that has drained and ended', async () => {
    await using directory = await privateDirectory()
    await using puller = new Puller<{ n: number }>({ bind: place(directory.path, 'a'), senders: 1 })
    const [endpoint] = await puller.endpoints()
    using pusher = new Program('side.ts', ['push', endpoint!, '20000'])
    let next = 0
    for await (const { n } of puller) expect(n).toBe(next++)
    expect(next).toBe(20_000)
    expect(await pusher.ends()).toBe(0)
    expect(pusher.out[0]).toMatch(/"delivered":20000,"dropped":0/)
  })

  it('reaches a puller in another program, and counts what it sent before that program was there', async () => {
    await using directory = await privateDirectory()
    using first = new Program('side.ts', ['pull', place(directory.path, 'a')])
    const endpoint = await ready(first)
    first.child.kill('SIGKILL')
    await first.ends()
    await using pusher = new Pusher<{ n: number }>({ connect: endpoint })
    await pusher.send({ n: 1_000 })
    using second = new Program('side.ts', ['pull', endpoint])
    await pusher.ready()
    for (let n = 1; n <= 100; n++) await pusher.send({ n })
    await pusher.drain()
    await second.says('sum 5050')
    expect(await second.ends()).toBe(0)
    expect(pusher.stats().droppedBy).toEqual({ 'no-peer': 1 })
  })
})
