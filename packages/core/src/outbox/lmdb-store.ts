/** Messages in an LMDB file: a number and octets with their checksum for each. */
import { mkdir, stat, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import type { open as openLmdb, RootDatabase } from 'lmdb'
import { OutboxError } from '../errors.ts'
import { claimFolder } from './claim.ts'
import type { Claim } from './claim.ts'
import { checkHead, corrupt } from './file-check.ts'
import type { OutboxSync } from './options.ts'
import type { OutboxStore, Recovered, Stored } from './store.ts'

/** What the package `lmdb` is needed for. */
export type Lmdb = { readonly open: typeof openLmdb }
type Database = RootDatabase<Buffer, number>

/** Under number 0 stands what kind of file this is; messages are numbered from 1. */
const mark = 'sluice outbox 1'
const markSequence = 0
const checksumBytes = 4

/** A promise of LMDB's with the one for its sync beside it. */
type Committed = Promise<unknown> & { readonly flushed?: Promise<unknown> }

/** Opens the store in a folder, which it makes where there is none. Rejects with an `OutboxError`, and leaves what is not its own as it was. */
export async function openStore(lmdb: Lmdb, path: string, sync: OutboxSync): Promise<OutboxStore> {
  await makeFolder(path)
  const claim = await claimFolder(path)
  try {
    const file = join(path, 'messages.mdb')
    const recovered = await examine(lmdb, file)
    const database = open(lmdb, file, sync === 'os' ? { noSync: true } : {})
    if (recovered === undefined) await safe(database.put(markSequence, Buffer.from(mark)), 'each')
    const none = { count: 0, bytes: 0, first: 1, last: 0 }
    return new LmdbStore({ file, database, claim, sync }, recovered ?? none)
  } catch (error) {
    await claim.release()
    throw error
  }
}

async function makeFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found !== undefined && !found.isDirectory())
    throw new OutboxError(
      'foreign',
      path,
      `${path} is no outbox: it is a file; allowed: the path of a folder`,
    )
  await mkdir(path, { recursive: true, mode: 0o700 })
}

function open(lmdb: Lmdb, path: string, options: { noSync?: true; readOnly?: true }): Database {
  return lmdb.open<Buffer, number>({
    path,
    noSubdir: true,
    encoding: 'binary',
    separateFlushed: true,
    ...options,
  })
}

/** Reads every message before anything is written; undefined where nothing ever was. */
async function examine(lmdb: Lmdb, file: string): Promise<Recovered | undefined> {
  const length = await checkHead(file)
  if (length === undefined) return undefined
  const { bytes, mapped } = length
  if (bytes >= mapped) return readAll(lmdb, file)
  // Pages beyond the end would take the process with them when they are read; zeros are no page, and are found out.
  await truncate(file, mapped)
  try {
    return await readAll(lmdb, file)
  } catch (error) {
    await truncate(file, bytes)
    throw error
  }
}

async function readAll(lmdb: Lmdb, file: string): Promise<Recovered | undefined> {
  const database = open(lmdb, file, { readOnly: true })
  try {
    return countMessages(database, file)
  } catch (error) {
    if (error instanceof OutboxError) throw error
    throw corrupt(file, 'its pages cannot be read', error)
  } finally {
    await database.close()
  }
}

function countMessages(database: Database, file: string): Recovered | undefined {
  let recovered: Recovered | undefined
  for (const { key, value } of database.getRange({})) {
    if (recovered === undefined) {
      if (key !== markSequence || value.toString() !== mark)
        throw new OutboxError('foreign', file, `${file} is no outbox: it is the LMDB file of something else`)
      recovered = { count: 0, bytes: 0, first: 1, last: 0 }
      continue
    }
    const { octets } = unpacked(key, value, file)
    const { count, bytes, first } = recovered
    recovered = {
      count: count + 1,
      bytes: bytes + octets.length,
      first: count === 0 ? key : first,
      last: key,
    }
  }
  return recovered
}

function unpacked(sequence: number, value: Buffer, file: string): Stored {
  const octets = value.subarray(checksumBytes)
  if (value.length < checksumBytes || value.readUInt32LE(0) !== crc32(octets))
    throw corrupt(file, `message ${sequence} does not match its checksum`)
  return { sequence, octets }
}

async function safe(committed: Committed, sync: OutboxSync): Promise<void> {
  await committed
  if (sync === 'each') await committed.flushed
}

class LmdbStore implements OutboxStore {
  readonly recovered: Recovered
  readonly #database: Database
  readonly #claim: Claim
  readonly #sync: OutboxSync
  readonly #file: string
  #last: Committed = Promise.resolve()

  constructor(
    { file, database, claim, sync }: { file: string; database: Database; claim: Claim; sync: OutboxSync },
    recovered: Recovered,
  ) {
    this.recovered = recovered
    this.#file = file
    this.#database = database
    this.#claim = claim
    this.#sync = sync
  }

  async commit(put: readonly Stored[], removed: readonly number[]): Promise<void> {
    // All that is written in one turn is one transaction.
    for (const sequence of removed) this.#last = this.#database.remove(sequence)
    for (const { sequence, octets } of put) {
      const value = Buffer.allocUnsafe(octets.length + checksumBytes)
      value.writeUInt32LE(crc32(octets))
      value.set(octets, checksumBytes)
      this.#last = this.#database.put(sequence, value)
    }
    // A message that is acked and still there after a power cut comes once more.
    await safe(this.#last, put.length > 0 ? this.#sync : 'os')
  }

  read(from: number, most: number): readonly Stored[] {
    const range = this.#database.getRange({ start: from, limit: most })
    return Array.from(range, ({ key, value }) => unpacked(key, value, this.#file))
  }

  async close(): Promise<void> {
    await this.#last
    await this.#database.close()
    await this.#claim.release()
  }
}
