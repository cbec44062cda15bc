/** What a simulated pipeline is made of, drawn from a seed. */
import { Chance, drawFaults } from '@sluice/testing'
import type { Fault } from '@sluice/testing'

/** A pipeline of four stages over three links, supervised. */
export interface PipelinePlan {
  readonly kind: 'pipeline'
  readonly seed: number
  readonly messages: number
  /** The patterns of the three links; those in front of the last redeliver. */
  readonly links: readonly ['backpressure' | 'request-reply', 'backpressure' | 'request-reply', string]
  readonly highWaterMark: number | 'auto'
  readonly replicas: readonly [number, number]
  readonly concurrency: number
  readonly attempts: number
  readonly failShare: number
  readonly pauseMs: number
  readonly handlerMs: number
  readonly shelfMs: number
  readonly lateShare: number
  readonly delayMs: number
  readonly faults: readonly Fault[]
}

/** Draws the plan of a seed. */
export function planPipeline(seed: number): PipelinePlan {
  const chance = new Chance(seed)
  const link = (): 'backpressure' | 'request-reply' =>
    chance.pick(['backpressure', 'backpressure', 'request-reply'])
  const replicas = [chance.between(1, 3), chance.between(1, 2)] as const
  const withinMs = chance.pick([100, 600, 3_000])
  return {
    kind: 'pipeline',
    seed,
    messages: chance.between(1, 25),
    links: [link(), link(), chance.pick(['backpressure', 'fire-and-forget'])],
    highWaterMark: chance.pick(['auto', 1, 4]),
    replicas,
    concurrency: chance.pick([1, 3]),
    attempts: chance.pick([1, 3]),
    failShare: chance.pick([0, 0.1]),
    pauseMs: chance.pick([0, 5, 60]),
    handlerMs: chance.pick([0, 10, 80]),
    shelfMs: chance.pick([0, 0, 30, 300]),
    lateShare: chance.pick([0, 1]),
    delayMs: chance.pick([1, 10]),
    faults: drawFaults(chance, {
      pairs: pairsOf(replicas),
      mortal: [...named('dryer', replicas[0]), ...named('shelf', replicas[1]), 'tally/0'],
      most: 5,
      withinMs,
      longestMs: chance.pick([200, 5_000]),
    }),
  }
}

function named(stage: string, replicas: number): string[] {
  return Array.from({ length: replicas }, (_, at) => `${stage}/${at}`)
}

function pairsOf([dryers, shelves]: readonly [number, number]): [string, string][] {
  const pairs: [string, string][] = []
  for (const dryer of named('dryer', dryers)) {
    pairs.push(['washer/0', dryer])
    for (const shelf of named('shelf', shelves)) pairs.push([dryer, shelf])
  }
  for (const shelf of named('shelf', shelves)) pairs.push([shelf, 'tally/0'])
  return pairs
}
