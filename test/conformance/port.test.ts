/** What every port promises, whatever moves its packets. */
import { LinkError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'
import { bound, transports } from '../support/port-transports.ts'

describe.each(transports)('a port over $name', (transport) => {
  it('carries packets both ways, in order', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, {
      shape: 'duplex',
      onNote: (peer, text) => void host.send(peer, `re:${text}`),
    })
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    const peer = await guest.peer()
    const texts = Array.from({ length: 500 }, (_, at) => `n${at}`)
    for (const text of texts) expect(guest.send(peer, text)).toBe(true)
    await guest.until(() => guest.texts().length === texts.length)
    expect(host.texts()).toEqual(texts)
    expect(guest.texts()).toEqual(texts.map((text) => `re:${text}`))
    expect(host.count('up')).toBe(1)
  })

  it('tells up before the first packet, and a bound duplex port only when the peer speaks', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'duplex' })
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    const peer = await guest.peer()
    expect(host.log).toEqual([])
    guest.send(peer, 'hello')
    await host.until(() => host.log.length === 2)
    expect(host.log.map((told) => told.type)).toEqual(['up', 'packet'])
  })

  it('keeps the peers of a bound duplex port apart', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, {
      shape: 'duplex',
      onNote: (peer, text) => void host.send(peer, text),
    })
    const guests = Array.from(
      { length: 5 },
      () => new Recorder(context, { shape: 'duplex', connect: endpoint }),
    )
    await Promise.all(
      guests.map(async (guest, at) => {
        guest.send(await guest.peer(), `from ${at}`)
        await guest.until(() => guest.texts().length === 1)
        expect(guest.texts()).toEqual([`from ${at}`])
      }),
    )
    expect(host.peers()).toHaveLength(5)
  })

  it('connects before anybody is bound', async () => {
    await using context = transport.open()
    const endpoint = await transport.fresh()
    const guest = new Recorder(context, { shape: 'push', connect: endpoint })
    const host = new Recorder(context, { shape: 'pull', bind: endpoint })
    guest.send(await guest.peer(), 'at last')
    await host.until(() => host.texts().length === 1)
  })

  it('tells down when a peer of a bound duplex port closes, after all that it sent', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'duplex' })
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    const peer = await guest.peer()
    for (let at = 0; at < 200; at++) guest.send(peer, `n${at}`)
    await host.until(() => host.count('up') === 1)
    await guest.port.close(1_000)
    await host.until(() => host.count('down') === 1)
    expect(host.texts()).toHaveLength(200)
    expect(host.log.at(-1)?.type).toBe('down')
  })

  it('refuses an endpoint in use, and leaves it to whom it belongs', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'duplex' })
    const second = new Recorder(context, { shape: 'duplex', bind: endpoint })
    await expect(second.port.bound()).rejects.toThrow(LinkError)
    await expect(second.port.bound()).rejects.toMatchObject({ endpoint, errno: 'EADDRINUSE' })
    await second.until(() => second.count('failed') === 1)
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    guest.send(await guest.peer(), 'still yours')
    await host.until(() => host.texts().length === 1)
  })

  it('frees its endpoint by the time that close resolves', async () => {
    await using context = transport.open()
    const endpoint = await transport.fresh()
    for (let round = 0; round < 5; round++) {
      const host = new Recorder(context, { shape: 'duplex', bind: endpoint })
      expect(await host.port.bound()).toEqual([endpoint])
      await host.port.close(0)
    }
  })

  it('closes more than once, and tells nothing afterwards', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'duplex' })
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    guest.send(await guest.peer(), 'one')
    await host.until(() => host.texts().length === 1)
    const told = host.log.length
    await Promise.all([host.port.close(0), host.port.close(0)])
    await host.port.close(10)
    await guest.until(() => guest.count('down') === 1)
    expect(host.log).toHaveLength(told)
  })
})

// A MessagePort that is closed is gone: whoever attached it attaches another.
const reconnecting = transports.filter(({ name }) => name !== 'channel')

describe.each(reconnecting)('a port that connects over $name', (transport) => {
  it.each(['push', 'duplex'] as const)('meets a new peer when a %s port reconnects', async (shape) => {
    await using context = transport.open()
    const other = shape === 'push' ? 'pull' : 'duplex'
    const endpoint = await transport.fresh()
    const first = new Recorder(context, { shape: other, bind: endpoint })
    const guest = new Recorder(context, { shape, connect: endpoint })
    const old = await guest.peer()
    guest.send(old, 'first')
    await first.until(() => first.texts().length === 1)
    await first.port.close(0)
    await guest.until(() => guest.count('down') === 1)
    expect(guest.send(old, 'to nobody')).toBe(true)
    const second = new Recorder(context, { shape: other, bind: endpoint })
    await second.port.bound()
    const next = await guest.peer()
    expect(next).not.toBe(old)
    guest.send(next, 'second')
    await second.until(() => second.texts().length > 0)
    expect(second.texts()).toEqual(['second'])
  })

  it('forgets a peer that was dropped, and a connecting port comes back as a new one', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'duplex' })
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    const first = await guest.peer()
    guest.send(first, 'one')
    await host.until(() => host.texts().length === 1)
    guest.port.drop(first)
    expect(guest.send(first, 'to nobody')).toBe(true)
    await guest.until(() => guest.count('up') === 2)
    const second = guest.peers()[1]
    expect(second).not.toBe(first)
    if (second !== undefined) guest.send(second, 'two')
    await host.until(() => host.texts().length === 2)
    expect(guest.count('down')).toBe(0)
    expect(host.texts()).toEqual(['one', 'two'])
  })
})
