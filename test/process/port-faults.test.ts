/** Ports whose other side is a process of its own: how it ends, and what is left behind. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer } from 'node:net'
import { dirname } from 'node:path'
import { Context, privateDirectory } from '@sluice/core'
import { afterEach, describe, expect, it } from 'vitest'
import { Recorder } from '../support/port-recorder.ts'

const children = new Set<ChildProcess>()

afterEach(() => {
  for (const child of children) child.kill('SIGKILL')
  children.clear()
})

function start(what: string, endpoint: string): ChildProcess {
  const child = fork(new URL('fixtures/port-child.ts', import.meta.url), [what, endpoint], {
    execArgv: ['--conditions=sluice-source'],
  })
  children.add(child)
  return child
}

async function word(child: ChildProcess): Promise<string> {
  const [said] = (await once(child, 'message')) as [string]
  return said
}

async function exit(child: ChildProcess): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode ?? child.signalCode
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return code ?? signal
}

async function endpoints(directory: string): Promise<Record<string, string>> {
  return { tcp: 'tcp://127.0.0.1:*', ipc: `ipc://${directory}/socket` }
}

describe.each(['tcp', 'ipc'])('a port over %s whose other side is a process', (scheme) => {
  it('tells down, after the last packet, when a connected peer is killed', async () => {
    await using directory = await privateDirectory()
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: (await endpoints(directory.path))[scheme] ?? '',
    })
    const child = start('connect', await host.endpoint())
    await host.until(() => host.texts().includes('hello'))
    child.kill('SIGKILL')
    await host.until(() => host.count('down') === 1)
    expect(host.log.map((told) => told.type)).toEqual(['up', 'packet', 'down'])
  })

  it('takes a peer that is frozen for lost, and one whose event loop is blocked not', async () => {
    await using directory = await privateDirectory()
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: (await endpoints(directory.path))[scheme] ?? '',
      limits: { heartbeatIntervalMs: 50, heartbeatTimeoutMs: 200 },
    })
    const blocked = start('block', await host.endpoint())
    await host.until(() => host.texts().includes('back'))
    expect(host.count('down')).toBe(0)
    blocked.kill('SIGSTOP')
    await host.until(() => host.count('down') === 1)
  })

  it('tells down when the bound side is killed, and up when another one is there', async () => {
    await using directory = await privateDirectory()
    await using context = new Context()
    const probe = new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
    const endpoint = scheme === 'tcp' ? await probe.endpoint() : `ipc://${directory.path}/socket`
    await probe.port.close(0)
    const first = start('bind', endpoint)
    await word(first)
    const guest = new Recorder(context, { shape: 'duplex', connect: endpoint })
    guest.send(await guest.peer(), 'one')
    await guest.until(() => guest.texts().length === 1)
    first.kill('SIGKILL')
    await guest.until(() => guest.count('down') === 1)
    const second = start('bind', endpoint)
    expect(await word(second)).toBe('standing')
    guest.send(await guest.peer(), 'two')
    await guest.until(() => guest.texts().length === 2)
    expect(guest.texts()).toEqual(['re:one', 're:two'])
  })

  it('lets the process end by itself once all is closed, with packets pending', async () => {
    await using directory = await privateDirectory()
    const child = start('leave-full', (await endpoints(directory.path))[scheme] ?? '')
    expect(await exit(child)).toBe(0)
    expect(await readdir(directory.path)).toEqual([])
  })

  it('lets what was sent leave within the linger, though the process ends at once', async () => {
    await using directory = await privateDirectory()
    await using context = new Context()
    const host = new Recorder(context, {
      shape: 'duplex',
      bind: (await endpoints(directory.path))[scheme] ?? '',
    })
    const child = start('send-and-leave', await host.endpoint())
    await host.until(() => host.count('down') === 1)
    expect(host.texts()).toHaveLength(100)
    expect(await exit(child)).toBe(0)
  })
})

it('a process ends when it is told to exit, with ports open', async () => {
  expect(await exit(start('exit', 'tcp://127.0.0.1:*'))).toBe(3)
})

describe('an ipc endpoint', () => {
  it('lies in a directory that no other user can enter', async () => {
    await using directory = await privateDirectory()
    expect((await stat(directory.path)).mode & 0o777).toBe(0o700)
    expect(Buffer.byteLength(directory.path)).toBeLessThan(70)
  })

  it('is not taken over from a process that serves it', async () => {
    await using directory = await privateDirectory()
    const endpoint = `ipc://${directory.path}/socket`
    expect(await word(start('bind', endpoint))).toBe('standing')
    expect(await word(start('bind', endpoint))).toMatch(/in use \(EADDRINUSE\)/)
  })

  it('is not taken over from a server that is not of Sluice', async () => {
    await using directory = await privateDirectory()
    const server = createServer().listen(`${directory.path}/socket`)
    await once(server, 'listening')
    expect(await word(start('bind', `ipc://${directory.path}/socket`))).toMatch(/in use/)
    expect(existsSync(`${directory.path}/socket.lock`)).toBe(false)
    const client = createConnection(`${directory.path}/socket`)
    await once(client, 'connect')
    client.destroy()
    await new Promise((resolve) => server.close(resolve))
  })

  it('goes to exactly one of several processes that bind it at the same time', async () => {
    await using directory = await privateDirectory()
    const endpoint = `ipc://${directory.path}/socket`
    const said = await Promise.all(Array.from({ length: 4 }, () => word(start('bind', endpoint))))
    expect(said.filter((line) => line === 'standing')).toHaveLength(1)
  })

  it('is bound again after the process that had it was killed', async () => {
    await using directory = await privateDirectory()
    const endpoint = `ipc://${directory.path}/socket`
    const first = start('bind', endpoint)
    await word(first)
    first.kill('SIGKILL')
    await exit(first)
    expect(await readdir(directory.path)).toEqual(['socket', 'socket.lock'])
    expect(await word(start('bind', endpoint))).toBe('standing')
  })

  it('does not replace a file that is no socket', async () => {
    await using directory = await privateDirectory()
    await writeFile(`${directory.path}/notes`, 'mine')
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: `ipc://${directory.path}/notes` })
    await expect(host.port.bound()).rejects.toMatchObject({ errno: 'EADDRINUSE' })
    expect(existsSync(`${directory.path}/notes`)).toBe(true)
  })

  it('leaves no file behind when it is closed', async () => {
    await using directory = await privateDirectory()
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: `ipc://${directory.path}/socket` })
    await host.port.bound()
    await host.port.close(0)
    expect(await readdir(directory.path)).toEqual([])
  })

  it('gets a private directory of its own for a wildcard, which goes with it', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: 'ipc://*' })
    const path = (await host.endpoint()).slice('ipc://'.length)
    expect((await stat(dirname(path))).mode & 0o777).toBe(0o700)
    const guest = new Recorder(context, { shape: 'duplex', connect: `ipc://${path}` })
    guest.send(await guest.peer(), 'found')
    await host.until(() => host.texts().length === 1)
    await host.port.close(0)
    expect(existsSync(dirname(path))).toBe(false)
  })

  it('says so when its directory does not exist', async () => {
    await using context = new Context()
    const host = new Recorder(context, { shape: 'duplex', bind: 'ipc:///nowhere/at/all' })
    await expect(host.port.bound()).rejects.toThrow('the directory /nowhere/at does not exist')
  })

  it('is refused before any I/O when its path is too long', () => {
    const context = new Context()
    const endpoint = `ipc:///tmp/${'x'.repeat(120)}`
    expect(() => new Recorder(context, { shape: 'duplex', bind: endpoint })).toThrow(/at most 10[37]/)
  })
})
