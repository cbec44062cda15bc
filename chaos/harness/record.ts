/** What a receiver writes down of each message before it is finished: one line, appended in one call, so that no kill cuts it. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'

/** One message that a handler had in hand. */
export interface Handled {
  readonly n: number
  /** It came marked: handled before, perhaps. */
  readonly marked: boolean
  /** Which receiver, in which of its lives. */
  readonly by: string
  /** When, in milliseconds of the machine's clock, which all processes share. */
  readonly at: number
}

/** Writes a line at the end of a log that several processes share. */
export function writeHandled(log: string, { n, marked, by, at }: Handled): void {
  appendFileSync(log, `${n} ${marked ? 'again' : 'first'} ${by} ${at}\n`)
}

const form = /^(\d+) (again|first) (\S+) (\d+(?:\.\d+)?)$/

/** Reads a log in the order in which it was written. Throws for a line of another form: the log itself is then in doubt. */
export function parseHandled(text: string): Handled[] {
  const lines = text.split('\n')
  if (lines.pop() !== '') throw new Error('the log ends in the middle of a line')
  return lines.map((line, at) => {
    const [, n, mark, by = '', time] = form.exec(line) ?? []
    if (n === undefined) throw new Error(`line ${at + 1} of the log is no record: '${line}'`)
    return { n: Number(n), marked: mark === 'again', by, at: Number(time) }
  })
}

/** The whole lines of a log that is being written: of the last one a reader may see the beginning only. */
export function wholeLines(text: string): string {
  return text.slice(0, text.lastIndexOf('\n') + 1)
}

/** The records of a log that nobody writes any more; none when nobody has written one. */
export function readHandled(log: string): Handled[] {
  return parseHandled(textOf(log))
}

/** The records so far of a log that is being written. */
export function handledSoFar(log: string): Handled[] {
  return parseHandled(wholeLines(textOf(log)))
}

function textOf(log: string): string {
  return existsSync(log) ? readFileSync(log, 'utf8') : ''
}
