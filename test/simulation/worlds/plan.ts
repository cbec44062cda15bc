/** What a simulated link is made of, drawn from a seed: a plain value, which a shrinker may make smaller. */
import { Chance, drawFaults } from '@sluice/testing'
import type { Fault } from '@sluice/testing'

/** A receiver that takes nothing for a while. */
export interface Pause {
  readonly atMs: number
  readonly receiver: number
  readonly forMs: number
}

/** One link with its senders and receivers, their load, and what goes wrong. */
export interface LinkPlan {
  readonly kind: 'link'
  readonly seed: number
  readonly pattern: 'backpressure' | 'request-reply' | 'fire-and-forget'
  readonly options: Readonly<Record<string, number | string>>
  readonly senders: number
  readonly receivers: number
  readonly binds: 'senders' | 'receivers'
  /** Of each sender. */
  readonly messages: number
  /** Different keys; 0: the link has no key. */
  readonly keys: number
  readonly payloadBytes: number
  readonly headers: boolean
  /** Longest pause between two messages of a sender. */
  readonly pauseMs: number
  /** Whether a sender waits until one message is taken before it offers the next. */
  readonly waits: boolean
  /** Longest time that a handler takes. */
  readonly handlerMs: number
  readonly failShare: number
  readonly concurrency: number
  readonly restartMs: number
  readonly lateShare: number
  readonly lossShare: number
  readonly delayMs: number
  readonly pauses: readonly Pause[]
  /** Receivers that drain and leave, each with another in its place afterwards. */
  readonly leaves: readonly { readonly atMs: number; readonly receiver: number }[]
  /** When the first sender closes at once, with whatever it has; 0: it drains, as the others do. */
  readonly closesMs: number
  readonly faults: readonly Fault[]
  readonly healMs: number
}

const healMs = 8_000

/** Draws the plan of a seed. */
export function planLink(seed: number): LinkPlan {
  const chance = new Chance(seed)
  const pattern = chance.pick<LinkPlan['pattern']>([
    'backpressure',
    'backpressure',
    'request-reply',
    'fire-and-forget',
  ])
  const senders = chance.between(1, 2)
  const receivers = chance.between(1, 3)
  const messages = chance.between(1, pattern === 'fire-and-forget' ? 60 : 30)
  const keys = pattern === 'backpressure' && chance.often(0.4) ? chance.between(1, 4) : 0
  return {
    kind: 'link',
    seed,
    pattern,
    options: optionsOf(pattern, chance),
    senders,
    receivers,
    binds: chance.pick(['senders', 'receivers']),
    messages,
    keys,
    payloadBytes: chance.pick([0, 10, 200]),
    headers: chance.often(0.2),
    pauseMs: chance.pick([0, 1, 20, 400]),
    waits: chance.often(0.7),
    handlerMs: chance.pick([0, 2, 40, 600]),
    failShare: chance.pick([0, 0, 0.2]),
    concurrency: chance.pick([1, 4]),
    restartMs: chance.between(1, 4_000),
    lateShare: chance.pick([0.5, 1]),
    lossShare: chance.pick([0, 0, 0.02, 0.2]),
    delayMs: chance.pick([0.2, 2, 30]),
    pauses: drawPauses(chance, receivers),
    leaves: Array.from({ length: chance.pick([0, 0, 0, 1]) }, () => ({
      atMs: chance.between(1, healMs / 2),
      receiver: chance.between(0, receivers - 1),
    })),
    closesMs: chance.often(0.1) ? chance.between(1, 2_000) : 0,
    faults: drawFaults(chance, {
      pairs: pairsOf(senders, receivers),
      mortal: Array.from({ length: receivers }, (_, at) => `receiver/${at}`),
      most: 8,
      withinMs: chance.pick([50, 300, 1_500, healMs - 100]),
      longestMs: chance.pick([100, 7_000]),
    }),
    healMs,
  }
}

function optionsOf(pattern: LinkPlan['pattern'], chance: Chance): LinkPlan['options'] {
  switch (pattern) {
    case 'backpressure':
      return {
        highWaterMark: chance.pick<number | string>(['auto', 1, 2, 5, 16]),
        ...(chance.often(0.3) ? { highWaterMarkBytes: chance.pick([1, 100, 1_000]) } : {}),
      }
    case 'request-reply':
      return {
        timeoutMs: chance.pick([100, 1_000, 5_000]),
        retries: chance.between(0, 5),
        inFlight: chance.pick([1, 4, 64]),
      }
    case 'fire-and-forget':
      return {
        highWaterMark: chance.pick([1, 3, 1_000]),
        overflow: chance.pick(['drop-newest', 'drop-oldest']),
      }
  }
}

function drawPauses(chance: Chance, receivers: number): Pause[] {
  return Array.from({ length: chance.pick([0, 0, 1, 2]) }, () => ({
    atMs: chance.between(0, healMs - 3_000),
    receiver: chance.between(0, receivers - 1),
    forMs: chance.between(1, 2_500),
  }))
}

function pairsOf(senders: number, receivers: number): [string, string][] {
  const pairs: [string, string][] = []
  for (let from = 0; from < senders; from++) {
    for (let to = 0; to < receivers; to++) pairs.push([`sender/${from}`, `receiver/${to}`])
  }
  return pairs
}
