/** Finds the files below a directory. Paths are bytes: a file name need not be UTF-8. */
import type { Dirent } from 'node:fs'
import { opendir } from 'node:fs/promises'

/** A file to hash, or a place that could not be read and why. */
export interface Found {
  /** The path below the root, with `/` between its parts, as the file system's own octets. */
  readonly path: Uint8Array
  /** Why it cannot be read, where that is known already; absent for a file to try. */
  readonly unreadable?: string
}

const slash = Buffer.from('/')

/** Joins two paths of octets; an empty parent is the root itself. */
export function join(parent: Uint8Array, name: Uint8Array): Uint8Array {
  return parent.length === 0 ? name : Buffer.concat([parent, slash, name])
}

/**
 * Walks every directory below `root` and yields each regular file.
 * Symbolic links are not followed; `skip` is left out. A directory that cannot be read is yielded with its reason.
 */
export async function* walk(root: string, skip: Uint8Array | undefined): AsyncGenerator<Found> {
  const waiting: Uint8Array[] = [new Uint8Array()]
  for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
    try {
      for await (const entry of await open(root, directory)) {
        const path = join(directory, entry.name)
        if (entry.isDirectory()) waiting.push(path)
        else if (entry.isFile() && !same(path, skip)) yield { path }
      }
    } catch (error) {
      if (!isSystemError(error)) throw error
      yield { path: directory, unreadable: error.message }
    }
  }
}

async function open(root: string, directory: Uint8Array): Promise<AsyncIterable<Dirent<Buffer>>> {
  const path = Buffer.from(join(Buffer.from(root), directory))
  // Node types `opendir` for text only, though it hands names over as octets when asked.
  const opened = await opendir(path, { encoding: 'buffer' as BufferEncoding })
  return opened as unknown as AsyncIterable<Dirent<Buffer>>
}

function same(path: Uint8Array, other: Uint8Array | undefined): boolean {
  return other !== undefined && Buffer.compare(path, other) === 0
}

function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error
}
