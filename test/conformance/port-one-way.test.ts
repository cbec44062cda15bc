/** What every port that only sends, or only receives, promises. */
import { describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'
import { bound, transports } from '../support/port-transports.ts'

describe.each(transports)('a one-way port over $name', (transport) => {
  it('has a peer for each endpoint that it connects to', async () => {
    await using context = transport.open()
    const hosts = await Promise.all([1, 2, 3].map(() => bound(transport, context, { shape: 'pull' })))
    const connect = hosts.map(({ endpoint }) => endpoint)
    const guest = new Recorder(context, { shape: 'push', connect })
    await guest.until(() => guest.peers().length === 3)
    for (const peer of guest.peers()) guest.send(peer, 'one each')
    await Promise.all(hosts.map(({ host }) => host.until(() => host.texts().length === 1)))
  })

  it('tells down when the peers of a bound pull port are gone, after all that they sent', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'pull' })
    const guest = new Recorder(context, { shape: 'push', connect: endpoint })
    const peer = await guest.peer()
    for (let at = 0; at < 10; at++) expect(guest.send(peer, `n${at}`)).toBe(true)
    await host.until(() => host.count('up') === 1)
    await guest.port.close(1_000)
    await host.until(() => host.count('down') === 1)
    expect(host.texts()).toHaveLength(10)
    expect(host.log.at(-1)?.type).toBe('down')
  })

  it('deals packets of a bound push port round its connections', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'push' })
    const guests = [1, 2].map(() => new Recorder(context, { shape: 'pull', connect: endpoint }))
    const connections = () => host.peers().reduce((sum, peer) => sum + host.port.connections(peer), 0)
    await host.until(() => connections() > 0)
    while (connections() < 2) await new Promise((resolve) => setImmediate(resolve))
    for (let at = 0; at < 10; at++) {
      const peers = host.peers()
      const peer = peers[at % peers.length]
      if (peer !== undefined) host.send(peer, `n${at}`)
    }
    await Promise.all(guests.map((guest) => guest.until(() => guest.texts().length === 5)))
  })

  it('says false when a paused receiver is full, then writable, and loses nothing', async () => {
    await using context = transport.open()
    const { host, endpoint } = await bound(transport, context, { shape: 'pull' })
    host.port.pause()
    const guest = new Recorder(context, { shape: 'push', connect: endpoint })
    const peer = await guest.peer()
    const bulk = new Uint8Array(64 * 1024)
    let sent = 0
    while (guest.send(peer, `n${sent}`, bulk)) {
      sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(sent).toBeLessThan(500)
    expect(guest.send(peer, 'refused again')).toBe(false)
    host.port.resume()
    await guest.until(() => guest.count('writable') === 1)
    guest.send(peer, 'last')
    await host.until(() => host.texts().at(-1) === 'last')
    expect(host.texts()).toEqual([...Array.from({ length: sent }, (_, at) => `n${at}`), 'last'])
  })

  it('keeps a sender that closed for a receiver that reads late, however short the heartbeats', async () => {
    await using context = transport.open()
    const limits = { heartbeatIntervalMs: 20, heartbeatTimeoutMs: 60 }
    const { host, endpoint } = await bound(transport, context, { shape: 'pull', limits })
    host.port.pause()
    const guest = new Recorder(context, { shape: 'push', connect: endpoint, limits })
    const peer = await guest.peer()
    let sent = 0
    while (guest.send(peer, `n${sent}`, new Uint8Array(64 * 1024))) {
      sent++
      await new Promise((resolve) => setImmediate(resolve))
    }
    const closing = guest.port.close(10_000)
    // As long as several heartbeats of silence.
    await new Promise((resolve) => setTimeout(resolve, 300))
    host.port.resume()
    await closing
    await host.until(() => host.count('down') === 1)
    expect(host.texts()).toHaveLength(sent)
    expect(guest.count('down')).toBe(0)
  })
})
