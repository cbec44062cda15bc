/** Ports whose other side is a thread, beside it and behind a bridge of sockets. */
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { MessageChannel, Worker } from 'node:worker_threads'
import { ChannelHub, Context, defaultLimits, LinkError, openBridge, systemClock } from '@sluice/core'
import type { Bridge, BridgeSpec, SluiceError } from '@sluice/core'
import { afterEach, describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'
import { needs } from '../support/skip.ts'

const threads = new Set<Worker>()

afterEach(async () => {
  await Promise.all([...threads].map((thread) => thread.terminate()))
  threads.clear()
})

function start(what: 'echo' | 'send' | 'slow' | 'socket'): Worker {
  const thread = new Worker(new URL('fixtures/port-thread.ts', import.meta.url), { workerData: what })
  threads.add(thread)
  return thread
}

/** A port here, joined to the thread's by a MessageChannel. */
function joined(thread: Worker, shape: 'duplex' | 'push' | 'pull'): { context: Context; here: Recorder } {
  const channels = new ChannelHub()
  const { port1, port2 } = new MessageChannel()
  channels.attach('link', port1)
  thread.postMessage(port2, [port2])
  const context = new Context({ channels })
  return { context, here: new Recorder(context, { shape, connect: 'channel://link' }) }
}

interface Span extends AsyncDisposable {
  readonly bridge: Bridge
  readonly failures: SluiceError[]
}

function bridgeTo(thread: Worker, spec: Pick<BridgeSpec, 'shape' | 'bind' | 'connect'>): Span {
  const failures: SluiceError[] = []
  const bridge = openBridge({
    ...spec,
    limits: defaultLimits,
    clock: systemClock,
    hand: (port) => thread.postMessage(port, [port]),
    refused: (error) => failures.push(error),
    failed: (error) => failures.push(error),
  })
  return { bridge, failures, [Symbol.asyncDispose]: () => bridge.close(0) }
}

describe('a port on a thread', () => {
  it('exchanges packets with this thread, and tells down when it is terminated', async () => {
    const thread = start('echo')
    const { context, here } = joined(thread, 'duplex')
    await using _ = context
    const peer = await here.peer()
    const texts = Array.from({ length: 50 }, (_none, at) => `n${at}`)
    for (const text of texts) here.send(peer, text)
    await here.until(() => here.texts().length === 50)
    expect(here.texts()).toEqual(texts.map((text) => `re:${text}`))
    await thread.terminate()
    await here.until(() => here.count('down') === 1)
  })

  it('ends by itself once its port is closed, and all that it sent arrives', async () => {
    const thread = start('send')
    const { context, here } = joined(thread, 'pull')
    await using _ = context
    await once(thread, 'exit')
    await here.until(() => here.count('down') === 1)
    expect(here.texts()).toHaveLength(300)
  })

  it('slows a sender down while it is paused', async () => {
    const thread = start('slow')
    const { context, here } = joined(thread, 'push')
    await using _ = context
    const peer = await here.peer()
    let sent = 0
    while (here.send(peer, `n${sent}`)) sent++
    expect(sent).toBe(16)
    thread.postMessage('resume')
    await here.until(() => here.count('writable') === 1)
    expect(here.send(peer, 'more')).toBe(true)
  })

  it('may have no sockets', async () => {
    const thread = start('socket')
    const [said] = (await once(thread, 'message')) as [string]
    expect(said).toMatch(/sockets live in the main thread/)
  })
})

describe('a bridge of sockets to a thread', () => {
  it('gives the thread a peer for each remote one, and takes it down with it', async () => {
    const thread = start('echo')
    await using span = bridgeTo(thread, { shape: 'duplex', bind: ['tcp://127.0.0.1:*'], connect: [] })
    const [endpoint = ''] = await span.bridge.bound()
    await using context = new Context()
    const remotes = [1, 2, 3].map(() => new Recorder(context, { shape: 'duplex', connect: endpoint }))
    await Promise.all(
      remotes.map(async (remote, at) => {
        remote.send(await remote.peer(), `from ${at}`)
        await remote.until(() => remote.texts().length === 1)
        expect(remote.texts()).toEqual([`re:from ${at}`])
      }),
    )
    await span.bridge.close(0)
    await Promise.all(remotes.map((remote) => remote.until(() => remote.count('down') === 1)))
  })

  it('carries all that a thread sent before it ended', async () => {
    await using context = new Context()
    const remote = new Recorder(context, { shape: 'pull', bind: 'ipc://*' })
    const thread = start('send')
    await using span = bridgeTo(thread, { shape: 'push', bind: [], connect: [await remote.endpoint()] })
    await once(thread, 'exit')
    await span.bridge.close(5_000)
    await remote.until(() => remote.count('down') === 1)
    expect(remote.texts()).toEqual(Array.from({ length: 300 }, (_none, at) => `n${at}`))
  })

  it('stops a thread that sends to a remote that takes nothing, and goes on when it does', async () => {
    await using context = new Context()
    const remote = new Recorder(context, { shape: 'pull', bind: 'ipc://*' })
    remote.port.pause()
    const thread = start('send')
    await using span = bridgeTo(thread, { shape: 'push', bind: [], connect: [await remote.endpoint()] })
    const [said] = (await once(thread, 'message')) as [string]
    expect(said).toBe('full')
    remote.port.resume()
    await once(thread, 'exit')
    await span.bridge.close(5_000)
    await remote.until(() => remote.texts().length === 300)
  })

  it('stops a remote that sends to a thread that takes nothing, and loses nothing', async () => {
    const thread = start('slow')
    await using span = bridgeTo(thread, { shape: 'pull', bind: ['ipc://*'], connect: [] })
    const [endpoint = ''] = await span.bridge.bound()
    await using context = new Context()
    const remote = new Recorder(context, { shape: 'push', connect: endpoint })
    const peer = await remote.peer()
    const bulk = new Uint8Array(64 * 1024)
    let sent = 0
    while (remote.send(peer, `n${sent}`, bulk)) {
      sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(sent).toBeLessThan(200)
    const counted = once(thread, 'message')
    thread.postMessage('resume')
    await remote.until(() => remote.count('writable') === 1)
    await remote.port.close(5_000)
    expect(await counted).toEqual([sent])
  })

  it('fails with the endpoint that it cannot bind', async () => {
    await using context = new Context()
    const other = new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
    const endpoint = await other.endpoint()
    await using span = bridgeTo(start('echo'), { shape: 'duplex', bind: [endpoint], connect: [] })
    await expect(span.bridge.bound()).rejects.toThrow(LinkError)
    expect(span.failures).toMatchObject([{ endpoint, errno: 'EADDRINUSE' }])
  })
})

describe('a thread that ends', () => {
  it('leaves no file descriptor behind', async (context) => {
    needs(context, 'Linux, where open files can be counted', existsSync('/proc/self/fd'))
    const endOne = async (): Promise<void> => {
      const thread = start('echo')
      await once(thread, 'online')
      // It has loaded what it runs when it answers.
      const { here } = joined(thread, 'duplex')
      here.send(await here.peer(), 'hello')
      await here.until(() => here.texts().length === 1)
      await thread.terminate()
      threads.delete(thread)
    }
    await endOne()
    const before = readdirSync('/proc/self/fd').length
    for (let n = 0; n < 8; n++) await endOne()
    expect(readdirSync('/proc/self/fd').length).toBeLessThan(before + 4)
  })
})
