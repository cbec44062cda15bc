/** Safety of ipc endpoints: libzmq would take a path in use away from whoever serves it. */
import { chmodSync } from 'node:fs'
import { lstat, mkdtemp, readFile, rm, stat, unlink, writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { LinkError } from '../errors.ts'

/** Bits of a directory's mode: others may write in it, and still not remove what is not theirs. */
const othersWrite = 0o002
const sticky = 0o1000

/** Longest directory for temporary files that leaves room for names below it, in octets. */
const longestParent = 48

/** A lock whose process lives and whose socket nobody answers on counts for so long, in milliseconds. */
const freshLockMs = 5_000

/** A directory that only this user can enter, for the sockets of one run. */
export interface PrivateDirectory extends AsyncDisposable {
  readonly path: string
}

/** A path that this process alone binds. */
export interface IpcClaim {
  readonly path: string
  /** Lets nobody but this user connect, whatever the umask was; called as soon as the path is bound. */
  protect(): void
  /** Whether the path is still this process's, once it is bound. Rejects with the `LinkError` that it is not. */
  confirm(): Promise<void>
  /** Gives the path back and leaves no file behind. */
  release(): Promise<void>
}

/** Makes a directory with mode 0700 and a short path; disposing removes it with all that is in it. */
export async function privateDirectory(): Promise<PrivateDirectory> {
  const parent = Buffer.byteLength(tmpdir()) > longestParent ? '/tmp' : tmpdir()
  const path = await mkdtemp(join(parent, 'sluice-'))
  return {
    path,
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}

/**
 * Claims a path to bind, or for `*` a fresh one in a private directory. Makes sure that nobody serves it and that no other process binds it at the same time, by a lock file
 * beside it. What a dead process left behind is cleared away.
 * `forAnybody` leaves the permissions of the socket as they come.
 * Errors: `LinkError` with `ENOENT` (no such directory), `EACCES` (others could put their own socket there) or `EADDRINUSE`.
 */
export function claimIpcPath(wanted: string, forAnybody: boolean = false): Promise<IpcClaim> {
  return wanted === '*' ? claimAny() : claimPath(wanted, forAnybody)
}

/** Libzmq's own wildcard makes a directory in whatever directory the process happens to be in. */
async function claimAny(): Promise<IpcClaim> {
  const directory = await privateDirectory()
  return {
    path: join(directory.path, 'socket'),
    protect: () => undefined,
    confirm: () => Promise.resolve(),
    release: () => Promise.resolve(directory[Symbol.asyncDispose]()),
  }
}

async function claimPath(path: string, forAnybody: boolean): Promise<IpcClaim> {
  await checkDirectory(path, forAnybody)
  const lock = `${path}.lock`
  const token = `${process.pid} ${crypto.randomUUID()}\n`
  await takeLock(path, lock, token)
  try {
    await clearStaleSocket(path)
  } catch (error) {
    await remove(lock)
    throw error
  }
  const isOurs = async (): Promise<boolean> => (await contentOf(lock)) === token
  return {
    path,
    protect(): void {
      if (!forAnybody) chmodSync(path, 0o600)
    },
    // Of two processes that clear the same stale lock at once, one can take the other's fresh one for it.
    async confirm(): Promise<void> {
      if (!(await isOurs())) throw inUse(path)
    },
    async release(): Promise<void> {
      if (!(await isOurs())) return
      await remove(path)
      await remove(lock)
    },
  }
}

async function checkDirectory(path: string, forAnybody: boolean): Promise<void> {
  const directory = dirname(path)
  const found = await stat(directory).catch(() => undefined)
  if (found?.isDirectory() === true) {
    if (forAnybody || (found.mode & (othersWrite | sticky)) !== othersWrite) return
    throw new LinkError(
      `cannot bind ipc://${path}: everybody may write in ${directory} and put a socket of their own in its place; ` +
        `take a directory of this user's (mode 0700), or say insecure: true`,
      { endpoint: `ipc://${path}`, errno: 'EACCES' },
    )
  }
  throw new LinkError(`cannot bind ipc://${path}: the directory ${directory} does not exist`, {
    endpoint: `ipc://${path}`,
    errno: 'ENOENT',
  })
}

async function takeLock(path: string, lock: string, token: string): Promise<void> {
  for (;;) {
    try {
      await writeFile(lock, token, { flag: 'wx', mode: 0o600 })
      return
    } catch (error) {
      const errno = (error as NodeJS.ErrnoException).code
      if (errno !== 'EEXIST') {
        throw new LinkError(`cannot bind ipc://${path}: its lock cannot be written (${errno})`, {
          endpoint: `ipc://${path}`,
          errno,
          cause: error,
        })
      }
    }
    if (await isHeld(path, lock)) throw inUse(path)
    await remove(lock)
  }
}

/** A lock is held while its process lives; one whose number went to another process is known by nobody answering. */
async function isHeld(path: string, lock: string): Promise<boolean> {
  const content = await contentOf(lock)
  if (content === undefined) return false
  const written = await stat(lock).then(
    (found) => found.mtimeMs,
    () => 0,
  )
  const fresh = Date.now() - written < freshLockMs
  const pid = Number.parseInt(content, 10)
  // A lock is created and written in two steps: between them it is empty.
  if (Number.isNaN(pid)) return fresh
  return (await isAlive(pid)) && (fresh || (await answers(path)))
}

async function isAlive(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
  // One that is dead and not yet buried still has its number; where it can be asked, Linux says so.
  const state = await contentOf(`/proc/${pid}/stat`)
  return state === undefined || !/\) [ZX] /.test(state)
}

async function clearStaleSocket(path: string): Promise<void> {
  const found = await lstat(path).catch(() => undefined)
  if (found === undefined) return
  if (!found.isSocket() || (await answers(path))) throw inUse(path)
  await remove(path)
}

/** Whether somebody listens on a path. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}

function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined)
}

async function remove(file: string): Promise<void> {
  await unlink(file).catch(() => undefined)
}

function inUse(path: string): LinkError {
  return new LinkError(`cannot bind ipc://${path}: it is in use (EADDRINUSE)`, {
    endpoint: `ipc://${path}`,
    errno: 'EADDRINUSE',
  })
}
