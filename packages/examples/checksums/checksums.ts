/**
 * Sums of real files: walks a directory, hashes every file in processes and writes `SHA256SUMS` sorted by path.
 *
 * Run: `npx sluice run packages/examples/checksums/checksums.ts -- <directory> [--output <file>]`
 * Check: `cd <directory> && sha256sum -c <file>`
 */
import { availableParallelism } from 'node:os'
import { relative, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { OptionError, pipeline } from '@sluice/core'
import type { DeadLetter, Pipeline } from '@sluice/core'
import { backpressure } from '@sluice/patterns'
import { hashBelow } from './hash.ts'
import { Sums } from './sums.ts'
import { walk } from './walk.ts'
import type { Found } from './walk.ts'

export default function checksums({ args }: { readonly args: readonly string[] }): Pipeline {
  const { root, output } = places(args)
  const sums = new Sums()
  let isWhole = false

  async function* files(): AsyncGenerator<Found> {
    yield* walk(root, Buffer.from(relative(root, output)))
    isWhole = true
  }

  async function write(): Promise<void> {
    if (!isWhole)
      throw new Error(`the walk was interrupted after ${sums.size} files; ${output} is left as it was`)
    await sums.write(output)
  }

  return pipeline('checksums')
    .source('walk', files)
    .link(backpressure())
    .stage('hash', hashBelow(root), {
      on: 'process',
      replicas: availableParallelism(),
      concurrency: 4,
      ordered: false,
      deadLetter: sayUnreadable,
    })
    .link(backpressure())
    .sink('sums', { take: (sum) => sums.add(sum), end: write })
}

function places(args: readonly string[]): { readonly root: string; readonly output: string } {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: { output: { type: 'string', default: 'SHA256SUMS' } },
    allowPositionals: true,
  })
  const [directory, ...more] = positionals
  if (directory === undefined || more.length > 0) {
    throw new OptionError(
      'args',
      `checksums was given ${positionals.length} directories; allowed: one, behind --`,
    )
  }
  return { root: resolve(directory), output: resolve(values.output) }
}

function sayUnreadable({ message, error }: DeadLetter<Found>): void {
  process.stderr.write(`unreadable: ${Buffer.from(message.path).toString()}: ${error.message}\n`)
}
