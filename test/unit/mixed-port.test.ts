import { Context, LinkError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'

const bind = ['inproc://*', 'tcp://127.0.0.1:*', 'ipc://*', 'inproc://*', 'tcp://127.0.0.1:*'] as const

describe('a port with endpoints of several schemes', () => {
  it('gives what was bound in the order of its option', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind })
    const bound = await host.port.bound()
    expect(bound.map((endpoint) => endpoint.split(':')[0])).toEqual(['inproc', 'tcp', 'ipc', 'inproc', 'tcp'])
  })

  it('answers each peer where it came from', async () => {
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind,
      onNote: (peer, text) => void host.send(peer, `re:${text}`),
    })
    const connect = await host.port.bound()
    const guest = new Recorder(context, { shape: 'duplex', connect })
    await guest.until(() => guest.peers().length === bind.length)
    guest.peers().forEach((peer, at) => guest.send(peer, `n${at}`))
    await guest.until(() => guest.texts().length === bind.length)
    expect(guest.texts().toSorted()).toEqual(bind.map((_endpoint, at) => `re:n${at}`))
    await guest.port.close(0)
    await host.until(() => host.count('down') === bind.length)
  })

  it('fails once and closes them all when one cannot be bound', async () => {
    await using context = new Context()
    const other = new Recorder(context, { shape: 'pull', bind: ['tcp://127.0.0.1:*', 'inproc://*'] })
    const [tcp = '', inproc = ''] = await other.port.bound()
    const host = new Recorder(context, { shape: 'pull', bind: ['inproc://mixed', tcp, inproc] })
    await expect(host.port.bound()).rejects.toThrow(LinkError)
    await host.until(() => host.count('failed') === 1)
    const next = new Recorder(context, { shape: 'pull', bind: 'inproc://mixed' })
    expect(await next.port.bound()).toEqual(['inproc://mixed'])
    expect(host.count('failed')).toBe(1)
  })

  it('pauses them all', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'pull', bind: ['inproc://*', 'ipc://*'] })
    host.port.pause()
    const guest = new Recorder(context, { shape: 'push', connect: await host.port.bound() })
    await guest.until(() => guest.peers().length === 2)
    for (const peer of guest.peers()) guest.send(peer, 'wait')
    expect(host.texts()).toEqual([])
    host.port.resume()
    await host.until(() => host.texts().length === 2)
  })
})
