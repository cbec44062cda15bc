import { Context } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'

describe('a memory port', () => {
  it('tells nothing from inside a call', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: 'memory://jobs' })
    const guest = new Recorder(context, { shape: 'duplex', connect: 'memory://jobs' })
    expect(guest.log).toEqual([])
    const peer = await guest.peer()
    guest.send(peer, 'a')
    expect(host.log).toEqual([])
    await host.until(() => host.texts().length === 1)
  })

  it('hands the very value over', async () => {
    await using context = new Context()
    const seen: unknown[] = []
    const host = new Recorder(context, { shape: 'pull', bind: 'memory://jobs' })
    host.packet = (_peer, packet) => void seen.push(packet)
    const guest = new Recorder(context, { shape: 'push', connect: 'memory://jobs' })
    const note = { text: 'same' }
    guest.port.send(await guest.peer(), note)
    await host.until(() => seen.length === 1)
    expect(seen[0]).toBe(note)
  })

  it('lets the event loop turn while two sides keep answering each other', async () => {
    await using context = new Context()
    let answers = 0
    let done = false
    const answer = (here: () => Recorder) => (peer: Parameters<Recorder['send']>[0]) => {
      answers++
      if (!done) here().send(peer, 'again')
    }
    const host: Recorder = new Recorder(context, {
      shape: 'duplex',
      bind: 'memory://ball',
      onNote: answer(() => host),
    })
    const guest: Recorder = new Recorder(context, {
      shape: 'duplex',
      connect: 'memory://ball',
      onNote: answer(() => guest),
    })
    guest.send(await guest.peer(), 'start')
    await new Promise((resolve) => setTimeout(resolve, 5))
    done = true
    expect(answers).toBeGreaterThan(0)
  })

  it('keeps names of two contexts apart', async () => {
    await using one = new Context()
    await using two = new Context()
    const host = new Recorder(one, { shape: 'pull', bind: 'memory://jobs' })
    const other = new Recorder(two, { shape: 'pull', bind: 'memory://jobs' })
    expect(await host.endpoint()).toBe('memory://jobs')
    expect(await other.endpoint()).toBe('memory://jobs')
  })

  it('gives a wildcard a name of its own', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'pull', bind: ['memory://*', 'memory://*'] })
    const [first, second] = await host.port.bound()
    expect(first).toMatch(/^memory:\/\/.+/)
    expect(first).not.toBe(second)
  })

  it('refuses to stand beside bytes', () => {
    const context = new Context()
    const open = () => new Recorder(context, { shape: 'pull', bind: ['memory://jobs', 'tcp://127.0.0.1:*'] })
    expect(open).toThrow(/tcp:\/\/127.0.0.1:\*.*memory:\/\/ alone/)
  })

  it('fails where the shapes do not fit', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'pull', bind: 'memory://jobs' })
    const guest = new Recorder(context, { shape: 'duplex', connect: 'memory://jobs' })
    await guest.until(() => guest.count('failed') === 1)
    expect(host.log).toEqual([])
  })
})
