/** `sluice deadletters`: what a stage has given up, shown, and tried again. */
import { access, rename, rm } from 'node:fs/promises'
import { loadPipeline, onInterrupt, OptionError, readDeadLetters, retryDeadLetters } from '@sluice/core'
import type { RunReport } from '@sluice/core'
import { codeOf, codeOfError, exitCode } from '../exit-code.ts'
import { complain } from '../progress/complain.ts'
import { letterTable } from '../progress/letter-table.ts'
import { LineView } from '../progress/line-view.ts'
import { summary } from '../progress/summary.ts'
import { placements } from './run.ts'

/** The flags of `sluice deadletters show`. */
export interface ShowLettersFlags {
  readonly json?: boolean
  readonly stage?: string
}

/** The flags of `sluice deadletters retry`. */
export interface RetryLettersFlags {
  readonly json?: boolean
  readonly name?: string
  readonly on?: readonly string[]
  readonly drainTimeout?: number
}

/** Prints the letters of a file; resolves to the exit code. */
export async function showLetters(file: string, flags: ShowLettersFlags): Promise<number> {
  try {
    const { letters: all, unreadable } = await readDeadLetters(file)
    const letters = all.filter(({ stage }) => flags.stage === undefined || stage === flags.stage)
    for (const line of flags.json === true
      ? letters.map((letter) => JSON.stringify(letter))
      : letterTable(letters))
      process.stdout.write(`${line}\n`)
    for (const line of unreadable) process.stderr.write(`${file}:${line} is no dead letter\n`)
    return exitCode.delivered
  } catch (error) {
    complain(error)
    return codeOfError(error)
  }
}

/**
 * Tries the letters of a file again; resolves to the exit code. The file is set aside while it is read from, under a name with
 * `.retrying` behind it, and removed when every message has ended as delivered, or as a dead letter anew.
 */
export async function retryLetters(
  file: string,
  module: string,
  args: readonly string[],
  flags: RetryLettersFlags,
): Promise<number> {
  const view = new LineView(process.stderr)
  const interrupts = onInterrupt((name, count) =>
    view.note(count === 1 ? `${name}: finishing what was accepted` : `${name}: stopping now`),
  )
  const aside = `${file}.retrying`
  try {
    await refuseUnfinished(aside, file)
    const pipeline = await loadPipeline(module, { args, name: flags.name })
    const { letters, unreadable } = await readDeadLetters(file)
    await rename(file, aside)
    const { signal, drainSignal } = interrupts
    const reports = await retryDeadLetters(pipeline, letters, {
      args,
      on: placements(flags.on),
      drainTimeoutMs: flags.drainTimeout,
      signal,
      drainSignal,
      log: (line) => view.log(line),
    })
    for (const report of reports)
      process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : `${summary(report)}\n`)
    const open = letters.length - reports.reduce((sum, { ledger }) => sum + ended(ledger), 0)
    if (open + unreadable.length === 0) await rm(aside)
    else {
      view.note(
        `${open} messages have not ended well, ${unreadable.length} lines could not be read; all of it is kept in ${aside}`,
      )
    }
    return Math.max(
      open + unreadable.length === 0 ? exitCode.delivered : exitCode.failed,
      ...reports.map(codeOf),
    )
  } catch (error) {
    complain(error)
    return codeOfError(error)
  } finally {
    interrupts[Symbol.dispose]()
  }
}

/** Messages that need no letter any more: delivered, dropped by a link that may drop, or a dead letter anew. */
function ended({ delivered, dropped, deadLettered }: RunReport['ledger']): number {
  return delivered + dropped + deadLettered
}

async function refuseUnfinished(aside: string, file: string): Promise<void> {
  const isThere = await access(aside).then(
    () => true,
    () => false,
  )
  if (!isThere) return
  throw new OptionError(
    'file',
    `${aside} is left from an earlier retry that did not end well; look at it, then move it back: cat ${aside} >> ${file} && rm ${aside}`,
  )
}
