/** Ports whose other side is anything but a port: bare sockets, other protocols, bad bytes. */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'
import { Context, DecodeError, LinkError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Dealer, Publisher, Push, Request, Router } from 'zeromq'
import { Recorder } from '../support/port-recorder.ts'

async function dial(endpoint: string): Promise<Socket> {
  const { port, hostname } = new URL(endpoint)
  const socket = connect(Number(port), hostname)
  socket.on('error', () => undefined)
  await once(socket, 'connect')
  return socket
}

describe('a bound port', () => {
  it('refuses what is not a packet, and serves the next good one of another peer', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
    const stranger = new Dealer({ linger: 0 })
    stranger.connect(await host.endpoint())
    for (let at = 0; at < 20; at++) await stranger.send([crypto.getRandomValues(new Uint8Array(64)), 'x'])
    const guest = new Recorder(context, { shape: 'duplex', connect: await host.endpoint() })
    guest.send(await guest.peer(), 'good')
    await host.until(() => host.count('refused') === 20 && host.texts().length === 1)
    const refused = host.log.flatMap((told) => (told.type === 'refused' ? [told.error] : []))
    expect(refused.every((error) => error instanceof DecodeError)).toBe(true)
    stranger.close()
    await host.until(() => host.count('down') === 1)
  })

  it('takes the packets of a bare socket that speaks as a port would', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'pull', bind: 'tcp://127.0.0.1:*' })
    const stranger = new Push({ linger: 1_000 })
    stranger.connect(await host.endpoint())
    await stranger.send('note:bare')
    await host.until(() => host.texts().length === 1)
    stranger.close()
    await host.until(() => host.count('down') === 1)
  })

  it('counts a connection that does not speak ZMTP as refused', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
    const socket = await dial(await host.endpoint())
    socket.end('GET / HTTP/1.1\r\n\r\n')
    await host.until(() => host.count('refused') === 1)
    expect(host.log[0]).toMatchObject({ type: 'refused', error: expect.any(LinkError) as LinkError })
    socket.destroy()
  })

  it('cuts a connection that is silent for longer than the handshake may take', async () => {
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: 'tcp://127.0.0.1:*',
      limits: { handshakeTimeoutMs: 50 },
    })
    const socket = await dial(await host.endpoint())
    socket.resume()
    await once(socket, 'close')
    await host.until(() => host.count('refused') === 1)
  })

  it('cuts off a peer whose message is larger than allowed, and serves the others', async () => {
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: 'tcp://127.0.0.1:*',
      limits: { maxMessageBytes: 1_000 },
    })
    const endpoint = await host.endpoint()
    const large = new Recorder(context, { shape: 'duplex', connect: endpoint })
    const small = new Recorder(context, { shape: 'duplex', connect: endpoint })
    large.send(await large.peer(), 'small')
    await host.until(() => host.texts().length === 1)
    large.send(await large.peer(), 'large', new Uint8Array(2_000))
    await large.until(() => large.count('down') === 1)
    await host.until(() => host.count('down') === 1)
    small.send(await small.peer(), 'still there')
    await host.until(() => host.texts().length === 2)
    expect(host.texts()).toEqual(['small', 'still there'])
  })

  it('serves no more peers than allowed, and another one as soon as one leaves', async () => {
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: 'tcp://127.0.0.1:*',
      limits: { maxPeers: 2 },
    })
    const endpoint = await host.endpoint()
    const guests = [1, 2, 3].map(() => new Recorder(context, { shape: 'duplex', connect: endpoint }))
    for (const [at, guest] of guests.entries()) {
      guest.send(await guest.peer(), `from ${at}`)
      await host.until(() => host.texts().length + host.count('refused') === at + 1)
    }
    expect(host.texts()).toEqual(['from 0', 'from 1'])
    await guests[0]?.port.close(0)
    await host.until(() => host.count('down') === 1)
    const third = guests[2]
    third?.send(await third.peer(), 'again')
    await host.until(() => host.texts().includes('again'))
  })

  it('takes a peer that does not take what it is sent for lost', async () => {
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: 'tcp://127.0.0.1:*',
      limits: { socketHighWaterMark: 8 },
    })
    const stranger = new Dealer({ linger: 0, receiveHighWaterMark: 1 })
    stranger.connect(await host.endpoint())
    await stranger.send('note:I will not listen')
    const peer = await host.peer()
    const bulk = new Uint8Array(256 * 1024)
    while (host.count('down') === 0) {
      expect(host.send(peer, 'listen', bulk)).toBe(true)
      await new Promise((resolve) => setImmediate(resolve))
    }
    stranger.close()
  })

  it('keeps count of its receivers while sockets of a wrong type come and go', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'push', bind: 'tcp://127.0.0.1:*' })
    const endpoint = await host.endpoint()
    const guest = new Recorder(context, { shape: 'pull', connect: endpoint })
    const peer = await host.peer()
    for (let at = 0; at < 10; at++) {
      const wrong = new Request({ linger: 0 })
      const left = new Promise((resolve) => void wrong.events.on('disconnect', resolve))
      wrong.connect(endpoint)
      await left
      wrong.close()
    }
    host.send(peer, 'still here')
    await guest.until(() => guest.texts().length === 1)
    expect(host.port.connections(peer)).toBe(1)
    expect(host.count('down')).toBe(0)
  })
})

describe('a port that connects', () => {
  it('refuses what is not a packet, and goes on with its peer', async () => {
    await using context = new Context()
    const stranger = new Router({ linger: 0 })
    stranger.bindSync('tcp://127.0.0.1:*')
    const guest = new Recorder(context, { shape: 'duplex', connect: stranger.lastEndpoint ?? '' })
    guest.send(await guest.peer(), 'hello')
    const [id = Buffer.alloc(0)] = await stranger.receive()
    await stranger.send([id, 'garbage'])
    await stranger.send([id, 'note:good'])
    await guest.until(() => guest.texts().length === 1)
    expect(guest.count('refused')).toBe(1)
    stranger.close()
    await guest.until(() => guest.count('down') === 1)
  })

  it('reads all that came before the connection ended, however late', async () => {
    await using context = new Context()
    const stranger = new Router({ linger: 1_000 })
    stranger.bindSync('tcp://127.0.0.1:*')
    const guest = new Recorder(context, { shape: 'duplex', connect: stranger.lastEndpoint ?? '' })
    guest.send(await guest.peer(), 'hello')
    const [id = Buffer.alloc(0)] = await stranger.receive()
    for (let at = 0; at < 1_000; at++) await stranger.send([id, `note:${at}`])
    stranger.close()
    await guest.until(() => guest.count('down') === 1)
    expect(guest.texts()).toHaveLength(1_000)
  })

  it.each(['duplex', 'push', 'pull'] as const)('tries again after it was refused (%s)', async (shape) => {
    await using context = new Context()
    const wrong = new Publisher({ linger: 0 })
    wrong.bindSync('tcp://127.0.0.1:*')
    const endpoint = wrong.lastEndpoint ?? ''
    const met = new Promise((resolve) => void wrong.events.on('disconnect', resolve))
    const guest = new Recorder(context, { shape, connect: endpoint })
    await met
    const free = new Promise((resolve) => void wrong.events.on('close', resolve))
    wrong.disconnect(endpoint)
    await free
    wrong.close()
    const right = { duplex: 'duplex', push: 'pull', pull: 'push' } as const
    const host = new Recorder(context, { shape: right[shape], bind: endpoint })
    await guest.peer()
    await host.port.close(0)
  })
})
