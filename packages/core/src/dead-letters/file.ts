/** Dead letters in a file: one line of JSON each, appended as they come, and read again. */
import { open, readFile } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import * as v from 'valibot'
import { FullError, OptionError } from '../errors.ts'
import { recordOf } from './dead-letter.ts'
import type { DeadLetter, DeadLetterRecord, DeadLetterSink } from './dead-letter.ts'
import { fromTagged, toTagged } from './tagged-json.ts'

/** What a file of dead letters can be told. */
export interface DeadLetterFileOptions {
  /** Size in bytes from which on letters are refused, and their messages count as failed. Default 1 GiB. */
  readonly maxBytes?: number
}

/**
 * Keeps dead letters in a file of JSON lines, which `sluice deadletters` shows and tries again. It is made with mode
 * 0600 at the first letter, and opened for each letter: a file that is moved away is simply begun anew. Several replicas may share one.
 *
 * Errors: `take` rejects with a `FullError` beyond `maxBytes`, and with what the file system says.
 *
 * Not guaranteed: that a letter survives a power cut; the operating system writes it in its own time.
 */
export function deadLetterFile(path: string, options: DeadLetterFileOptions = {}): DeadLetterSink<unknown> {
  const { maxBytes = 1024 ** 3 } = options
  return {
    async take(letter) {
      const file = await open(path, 'a+', 0o600)
      try {
        await append(file, path, letter, maxBytes)
      } finally {
        await file.close()
      }
    },
  }
}

async function append(file: FileHandle, path: string, letter: DeadLetter, maxBytes: number): Promise<void> {
  const line = `${JSON.stringify(toTagged(recordOf(letter)))}\n`
  const { size } = await file.stat()
  if (size + Buffer.byteLength(line) > maxBytes) {
    throw new FullError(
      `the file of dead letters ${path} has reached ${maxBytes} bytes; move it away, or try its letters again: sluice deadletters retry ${path} <pipeline>`,
      { undelivered: letter.message },
    )
  }
  // Whoever was killed while it wrote has left half a line, which must not spoil this one.
  const torn = size > 0 && (await file.read(Buffer.alloc(1), 0, 1, size - 1)).buffer[0] !== 0x0a
  await file.appendFile(torn ? `\n${line}` : line)
}

/** A letter as it stands in a file. */
export interface StoredDeadLetter extends Omit<DeadLetterRecord, 'message'> {
  /** The message as JSON, with tags for what JSON lacks. */
  readonly json: unknown
  /** Its line in the file, from 1. */
  readonly line: number
}

/** What a file of dead letters holds. */
export interface DeadLetterFile {
  readonly letters: readonly StoredDeadLetter[]
  /** Numbers of lines, from 1, that are no letters: half-written ones of a process that was killed. */
  readonly unreadable: readonly number[]
}

/**
 * Reads a file that `deadLetterFile` wrote.
 *
 * Errors: `OptionError` for a file that is not there or that holds something else altogether.
 */
export async function readDeadLetters(path: string): Promise<DeadLetterFile> {
  const lines = (await contentOf(path)).split('\n')
  const letters: StoredDeadLetter[] = []
  const unreadable: number[] = []
  for (const [at, line] of lines.entries()) {
    if (line.trim() === '') continue
    const letter = letterOf(line, at + 1)
    if (letter === undefined) unreadable.push(at + 1)
    else letters.push(letter)
  }
  if (letters.length > 0 || unreadable.length === 0) return { letters, unreadable }
  throw new OptionError(
    'file',
    `${path} holds no dead letters; allowed: a file that a stage's deadLetter wrote`,
  )
}

async function contentOf(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const { message } = cause as Error
    throw new OptionError('file', `the file of dead letters cannot be read: ${message}`, { cause })
  }
}

/**
 * Makes the message of a stored letter anew.
 * @throws {OptionError} for one that was kept as text only, and for one that was mended into what is no value.
 */
export function messageOf({ json, line }: StoredDeadLetter): unknown {
  try {
    return fromTagged(json)
  } catch (cause) {
    throw new OptionError(
      'file',
      `the message of line ${line} cannot be made again: ${(cause as Error).message}`,
      {
        cause,
      },
    )
  }
}

const record = v.object({
  id: v.string(),
  headers: v.record(v.string(), v.unknown()),
  error: v.object({ code: v.string(), message: v.string() }),
  stage: v.string(),
  replica: v.number(),
  attempts: v.number(),
  firstFailedAt: v.date(),
  failedAt: v.date(),
})

function letterOf(text: string, line: number): StoredDeadLetter | undefined {
  try {
    const { message: json, ...rest } = JSON.parse(text) as Readonly<Record<string, unknown>>
    const found = v.safeParse(record, fromTagged(rest))
    return found.success && json !== undefined ? { ...found.output, json, line } : undefined
  } catch {
    return undefined
  }
}
