/**
 * The chapter's kitchen. A fast washer is slowed to the pace of three dryers, each a process of its own; the
 * shelf answers for every dish; and the tally may be there or not.
 *
 * Run: `npm start`, or `npm start -- -- --dishes 40`
 */
import { parseArgs } from 'node:util'
import { pipeline, type Pipeline } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { dry } from './dryer.ts'
import { putAway } from './shelf.ts'
import { tally } from './tally.ts'
import { wash } from './washer.ts'

export default function dishes({ args }: { readonly args: readonly string[] }): Pipeline {
  return pipeline('dishes')
    .source('washer', wash(count(args)))
    .link(backpressure({ highWaterMark: 2 }))
    .stage('dryer', dry, { replicas: 3, on: 'process' })
    .link(requestReply({ timeoutMs: 2_000, retries: 3 }))
    .stage('shelf', putAway)
    .link(fireAndForget())
    .sink('tally', tally())
}

/** How many dishes, by `--dishes`. Default 24. */
function count(args: readonly string[]): number {
  const { values } = parseArgs({ args: [...args], options: { dishes: { type: 'string', default: '24' } } })
  const number = Number(values.dishes)
  if (Number.isSafeInteger(number) && number >= 0) return number
  throw new Error(`--dishes was given ${values.dishes}; allowed: a whole number from 0`)
}
