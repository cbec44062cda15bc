/** A network that loses packets, and one that is slow: messages come late, and all of them come. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check, longestGapMs } from '../harness/check.ts'
import { Distant, distantWindow } from '../harness/distant.ts'
import type { Acked } from '../harness/distant.ts'
import { Network } from '../harness/network.ts'
import { Place } from '../harness/place.ts'
import { handledSoFar, readHandled } from '../harness/record.ts'

/** How bad the network is. */
interface Weather {
  readonly name: string
  readonly apply: (network: Network) => void
}

function losing(share: number): Weather {
  return { name: `${share * 100} % lost`, apply: (network) => network.lose('both', share) }
}

const slow: Weather = { name: '1 Mbit', apply: (network) => network.slow('1mbit') }
const all = [losing(0.01), losing(0.05), losing(0.2), slow]

interface Amount {
  readonly weathers: readonly Weather[]
  readonly forMs: number
}

const sizes: Sizes<Amount> = {
  short: { weathers: [losing(0.05)], forMs: 1_000 },
  whole: { weathers: all, forMs: 6_000 },
  long: { weathers: all, forMs: 60_000 },
}

const receivers = 2
const bodyBytes = 512
/** As long as this nothing may stand still: a connection that is taken for dead after 3 s, and another in its place. */
const longestStandstillMs = 10_000

async function under({ name, apply }: Weather, pattern: Acked, forMs: number): Promise<Finding> {
  using place = new Place()
  using network = new Network()
  const log = place.file('handled')
  using distant = await Distant.start(network, pattern, receivers, { log, handlerMs: 2, bodyBytes })
  apply(network)
  const before = handledSoFar(log).length
  await sleep(forMs)
  const rate = ((handledSoFar(log).length - before) * 1_000) / forMs
  const sent = await distant.finish()
  const records = readHandled(log)
  const gap = longestGapMs(records)
  // A connection may be given up as dead more than once; each time a window comes again.
  const verdict = check(records, { sent, mostDuplicates: distantWindow * receivers * (1 + forMs / 3_000) })
  const broken = verdict.broken.map((promise) => `${name}: ${promise}`)
  if (gap > longestStandstillMs) broken.push(`${name}: stood still for ${gap.toFixed(0)} ms`)
  const told = `${rate.toFixed(0)}/s, lost ${verdict.lost}, duplicates ${verdict.duplicates}, longest gap ${gap.toFixed(0)} ms, ${network.retransmitted()} segments sent again`
  return { figures: { [name]: told }, broken }
}

async function run(pattern: Acked, size: Size): Promise<Finding> {
  const { weathers, forMs } = sizes[size]
  const figures: Record<string, number | string> = {}
  const broken: string[] = []
  for (const weather of weathers) {
    const found = await under(weather, pattern, forMs)
    Object.assign(figures, found.figures)
    broken.push(...found.broken)
  }
  return { figures, broken }
}

/** Both patterns that lose nothing. */
export const lossy: readonly Fault[] = (['backpressure', 'request-reply'] as const).map((pattern) => ({
  name: `lossy-${pattern}`,
  title: `loss and slowness, ${pattern}`,
  lacks: () => Network.lacks(),
  run: (size) => run(pattern, size),
}))
