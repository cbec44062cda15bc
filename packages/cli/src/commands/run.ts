/** `sluice run`: a pipeline from its file to its ledger. */
import { endpointFlags, loadPipeline, onInterrupt, OptionError, run, runStage } from '@sluice/core'
import type { Placement, PlacementOption, RunOptions, RunProgress } from '@sluice/core'
import { guardOptions } from './guard-flags.ts'
import type { GuardFlags } from './guard-flags.ts'
import { codeOf, codeOfError } from '../exit-code.ts'
import { complain } from '../progress/complain.ts'
import { LiveView } from '../progress/live-view.ts'
import { LineView } from '../progress/line-view.ts'
import { summary } from '../progress/summary.ts'
import type { View } from '../progress/view.ts'

/** The flags of `sluice run`, as they were given. */
export interface RunFlags extends GuardFlags {
  readonly json?: boolean
  readonly stage?: string
  readonly name?: string
  readonly on?: readonly string[]
  readonly endpoint?: readonly string[]
  readonly drainTimeout?: number
}

/** Runs the pipeline of a file; resolves to the exit code. Standard output gets the ledger and nothing else. */
export async function runCommand(file: string, args: readonly string[], flags: RunFlags): Promise<number> {
  const view: View = process.stderr.isTTY ? new LiveView(process.stderr) : new LineView(process.stderr)
  let last: RunProgress | undefined
  const interrupts = onInterrupt((name, count) =>
    view.note(
      count === 1 ? `${name}: finishing what was accepted; once more stops now` : `${name}: stopping now`,
    ),
  )
  try {
    const pipeline = await loadPipeline(file, { args, name: flags.name })
    const options: RunOptions = {
      ...guardOptions(flags),
      args,
      on: placements(flags.on),
      endpoints: endpointFlags(flags.endpoint ?? []),
      drainTimeoutMs: flags.drainTimeout,
      signal: interrupts.signal,
      drainSignal: interrupts.drainSignal,
      log: (line) => view.log(line),
      onProgress(progress) {
        last = progress
        view.progress(progress)
      },
    }
    const { stage } = flags
    const report = await (stage === undefined ? run(pipeline, options) : runStage(pipeline, stage, options))
    view.end()
    process.stdout.write(flags.json === true ? `${JSON.stringify(report)}\n` : `${summary(report)}\n`)
    return codeOf(report)
  } catch (error) {
    view.end()
    if (last !== undefined) {
      if (flags.json === true) process.stdout.write(`${JSON.stringify(last)}\n`)
      else process.stderr.write(`${summary(last)}\n`)
    }
    complain(error)
    return codeOfError(error)
  } finally {
    interrupts[Symbol.dispose]()
  }
}

/** Turns `thread`, or `dryer=thread` for one stage, into the option `on`; its words are checked by the run. */
export function placements(flags: readonly string[] | undefined): PlacementOption | undefined {
  if (flags === undefined) return undefined
  const all = flags.filter((flag) => !flag.includes('='))
  const byStage = flags.filter((flag) => flag.includes('=')).map((flag) => flag.split('=', 2))
  if (all.length > 1 || (all.length === 1 && byStage.length > 0)) {
    throw new OptionError(
      'on',
      `--on was given as ${flags.join(' and ')}; allowed: one place for all stages, or stage=place for each`,
    )
  }
  return (all[0] ?? Object.fromEntries(byStage)) as Placement | Record<string, Placement>
}
