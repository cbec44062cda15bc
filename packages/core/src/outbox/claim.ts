/** One process at a time: a claim on a folder that ends with whoever made it, however that ends. */
import { createHash } from 'node:crypto'
import { stat, unlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import type { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OutboxError } from '../errors.ts'

/** A folder that is this object's alone. */
export interface Claim {
  release(): Promise<void>
}

/**
 * Claims a folder by listening on a name made from its device and inode. The system takes the name back when the process
 * or the thread ends, SIGKILL included; it is not a file that could be left behind where the system knows such names
 * (Linux and Windows).
 *
 * Errors: `OutboxError` with `in-use`.
 * Not guaranteed: anything between machines, or between containers that share a folder and not a network.
 */
export async function claimFolder(path: string): Promise<Claim> {
  const { dev, ino } = await stat(path, { bigint: true })
  const hash = createHash('sha256').update(`${dev} ${ino}`).digest('hex').slice(0, 32)
  const name = nameOf(`sluice-outbox-${hash}`)
  const server = (await listen(name)) ?? (await takeOver(name))
  if (server === undefined) {
    throw new OutboxError(
      'in-use',
      path,
      `the outbox ${path} is in use by another sender, here or in another process; give each a folder of its own, or end the other first`,
    )
  }
  return { release: () => new Promise((resolve) => void server.close(() => resolve())) }
}

function nameOf(word: string): string {
  if (process.platform === 'linux') return `\0${word}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${word}` : join(tmpdir(), word)
}

function listen(name: string): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy())
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(undefined)
      else reject(error)
    })
    server.listen({ path: name, exclusive: true }, () => {
      server.unref()
      resolve(server)
    })
  })
}

/** Where names are files, one that nobody answers on belonged to somebody who is gone. */
async function takeOver(name: string): Promise<Server | undefined> {
  if (!name.startsWith('/') || (await answers(name))) return undefined
  await unlink(name).catch(() => {})
  return listen(name)
}

function answers(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(name)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
