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

/**
 * Reads the head of a file: false when there is none or it is empty, true when it can be opened.
 * Errors: `OutboxError` with `foreign` for a file that something else wrote, `corrupt` for one that is cut off or overwritten.
 */
export async function isOutboxFile(file: string): Promise<boolean> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  })
  if (handle === undefined) return false
  try {
    const { size } = await handle.stat()
    if (size === 0) return false
    const first = metaOf(await readAt(handle, 0))
    if (first === undefined)
      throw new OutboxError('foreign', file, `${file} is no outbox: its first page is not one of LMDB's`)
    const second = metaOf(await readAt(handle, first.pageBytes))
    if (second === undefined) throw corrupt(file, 'its second page is overwritten or missing')
    const newest = second.transaction > first.transaction ? second : first
    const bytes = (newest.lastPage + 1n) * BigInt(first.pageBytes)
    if (BigInt(size) < bytes) throw corrupt(file, `it is cut off: ${size} of ${bytes} bytes`)
    return true
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
