/** Whether a file may be opened: what is not an outbox is left alone, and what is damaged would take the process with it. */
import { open } from 'node:fs/promises'
import { OutboxError } from '../errors.ts'

/** How LMDB's files begin: two pages of meta data, each with this word and with what the file holds. */
const magic = 0xbe_ef_c0_de
const magicAt = 24
const pageBytesAt = 48
const lastPageAt = 144
const transactionAt = 152
const metaBytes = 160

/** What one of the two first pages says. */
interface Meta {
  readonly pageBytes: number
  readonly lastPage: bigint
  readonly transaction: bigint
}

/** How long a file is, and how long what it says of itself makes it. */
export interface FileLength {
  readonly bytes: number
  /**
   * LMDB never writes pages that it took and gave back in one commit: where these are the last, a whole file is shorter than
   * this, as one that is cut off is. Only reading all of it tells the two apart.
   */
  readonly mapped: number
}

/**
 * Reads the head of a file: undefined when there is none or it is empty.
 * Errors: `OutboxError` with `foreign` for a file that something else wrote, `corrupt` for one whose head is overwritten.
 */
export async function checkHead(file: string): Promise<FileLength | undefined> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return undefined
  try {
    const { size } = await handle.stat()
    if (size === 0) return undefined
    const first = metaOf(await readAt(handle, 0))
    if (first === undefined)
      throw new OutboxError('foreign', file, `${file} is no outbox: its first page is not one of LMDB's`)
    const second = metaOf(await readAt(handle, first.pageBytes))
    if (second === undefined) throw corrupt(file, 'its second page is overwritten or missing')
    const newest = second.transaction > first.transaction ? second : first
    return { bytes: size, mapped: (Number(newest.lastPage) + 1) * first.pageBytes }
  } finally {
    await handle.close()
  }
}

/** The error for a file that was an outbox. */
export function corrupt(file: string, how: string, cause?: unknown): OutboxError {
  const advice = 'move its folder away to begin a new one, and keep it if its messages matter'
  return new OutboxError('corrupt', file, `the outbox ${file} is damaged: ${how}; ${advice}`, { cause })
}

async function readAt(handle: Awaited<ReturnType<typeof open>>, at: number): Promise<Buffer> {
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(metaBytes), 0, metaBytes, at)
  return buffer.subarray(0, bytesRead)
}

function metaOf(octets: Buffer): Meta | undefined {
  if (octets.length < metaBytes || octets.readUInt32LE(magicAt) !== magic) return undefined
  const pageBytes = octets.readUInt32LE(pageBytesAt)
  if (pageBytes < 512 || pageBytes > 65_536) return undefined
  return {
    pageBytes,
    lastPage: octets.readBigUInt64LE(lastPageAt),
    transaction: octets.readBigUInt64LE(transactionAt),
  }
}
