/** The network between sender and receivers is cut, for both or in one direction only, and heals. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check } from '../harness/check.ts'
import { timeNow } from '../harness/child.ts'
import { Distant, distantWindow } from '../harness/distant.ts'
import type { Acked } from '../harness/distant.ts'
import { Network } from '../harness/network.ts'
import type { Towards } from '../harness/network.ts'
import { untilWithin } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import { handledSoFar, readHandled } from '../harness/record.ts'
import type { Handled } from '../harness/record.ts'

/** How the cable is cut, and for how long. */
interface Cut {
  readonly how: 'link down' | `to ${Towards}`
  readonly lengthMs: number
}

const both: Cut = { how: 'link down', lengthMs: 500 }
const most: readonly Cut[] = [
  both,
  { ...both, lengthMs: 3_000 },
  { how: 'to a', lengthMs: 3_000 },
  { how: 'to b', lengthMs: 3_000 },
  { how: 'to both', lengthMs: 5_000 },
  // Long enough for the system to wait ever longer between two attempts to connect.
  { how: 'to b', lengthMs: 12_000 },
]

const sizes: Sizes<readonly Cut[]> = {
  short: [both],
  whole: most,
  long: [
    ...most,
    { ...both, lengthMs: 30_000 },
    { how: 'to both', lengthMs: 30_000 },
    { how: 'to a', lengthMs: 30_000 },
    { how: 'to b', lengthMs: 30_000 },
  ],
}

const receivers = 2
// Far more than a window: a key stays with its receiver while something of it is outstanding.
const keys = 997
/** How soon after healing every receiver must be handling again, in milliseconds, and how long is waited to see it. */
const recoveryMs = 2_000
const patienceMs = 40_000
const steadyMs = 1_000

function breaks(network: Network, how: Cut['how']): void {
  if (how === 'link down') network.cut()
  else network.lose(how.slice('to '.length) as Towards, 1)
}

/** When each receiver had handled something again, in milliseconds after healing; Infinity for one that never has. */
async function recovery(log: string, healed: number): Promise<number> {
  const back = (): boolean => {
    const since = handledSoFar(log).filter(({ at }) => at > healed)
    return new Set(since.map(({ by }) => by)).size === receivers
  }
  if (!(await untilWithin(patienceMs, back))) return Infinity
  const first = new Map<string, number>()
  for (const { by, at } of handledSoFar(log)) if (at > healed && !first.has(by)) first.set(by, at - healed)
  return Math.max(...first.values())
}

async function run(pattern: Acked, size: Size): Promise<Finding> {
  const cuts = sizes[size]
  using place = new Place()
  using network = new Network()
  const log = place.file('handled')
  using distant = await Distant.start(network, pattern, receivers, { log, handlerMs: 8, keys })
  const recoveries: number[] = []
  for (const { how, lengthMs } of cuts) {
    await sleep(steadyMs)
    breaks(network, how)
    await sleep(lengthMs)
    network.heal()
    recoveries.push(await recovery(log, timeNow()))
  }
  const sent = await distant.finish()
  return judge(pattern, readHandled(log), sent, cuts, recoveries, size)
}

function judge(
  pattern: Acked,
  records: readonly Handled[],
  sent: number,
  cuts: readonly Cut[],
  recoveries: readonly number[],
  size: Size,
): Finding {
  const mostDuplicates = distantWindow * receivers * cuts.length
  const key = (n: number): number => n % keys
  const ordered = pattern === 'backpressure' ? { key } : {}
  const verdict = check(records, { sent, mostDuplicates, ...ordered })
  const broken = [...verdict.broken]
  const told = cuts.map(({ how, lengthMs }, at) => {
    const ms = recoveries[at] ?? Infinity
    if (size !== 'short' && ms > recoveryMs)
      broken.push(`recovered ${ms.toFixed(0)} ms after ${how} for ${lengthMs} ms`)
    return `${how} ${lengthMs / 1_000} s: ${ms.toFixed(0)} ms`
  })
  const { lost, duplicates, unmarked, inversions } = verdict
  return {
    figures: { messages: sent, lost, duplicates, unmarked, inversions, recovery: told.join('; ') },
    broken,
  }
}

/** Both patterns that lose nothing. */
export const partitions: readonly Fault[] = (['backpressure', 'request-reply'] as const).map((pattern) => ({
  name: `partitions-${pattern}`,
  title: `partitions, ${pattern}`,
  lacks: () => Network.lacks(),
  run: (size) => run(pattern, size),
}))
