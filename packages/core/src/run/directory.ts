/** The private directory of a run, where its ipc sockets lie. */
import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { LinkError } from '../errors.ts'

/** A path of a socket takes 107 octets on Linux and 103 on macOS; the names of the run's own stay below 16. */
const longestPath = 103 - 16

/** Names a directory that no other run has; nothing is made yet. */
export function runDirectory(scope: string): string {
  const path = join(tmpdir(), `sluice-${scope}`)
  return path.length <= longestPath ? path : join('/tmp', `sluice-${scope}`)
}

/** A name that no other run has. */
export function runScope(): string {
  return randomBytes(8).toString('hex')
}

/** Makes the directory for this user alone; one that is there already is refused, whoever made it. */
export async function makeDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw new LinkError(`the run's directory for sockets ${path} cannot be made (${code})`, {
      endpoint: `ipc://${path}`,
      errno: code,
      cause: error,
    })
  }
}

/** Removes the directory and whatever a replica that was killed left in it. */
export async function removeDirectory(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true })
}
