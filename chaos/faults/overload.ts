/** A sender with ten times more than its receivers can take: it is slowed down, and nobody's memory grows. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check } from '../harness/check.ts'
import { timeNow } from '../harness/child.ts'
import { mebibytes, spread } from '../harness/figures.ts'
import { Peer, until } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import { handledSoFar, readHandled } from '../harness/record.ts'
import { backpressureSides, requestReplySides } from '../harness/sides.ts'
import type { Sides } from '../harness/sides.ts'

const sizes: Sizes<{ readonly forMs: number }> = {
  short: { forMs: 2_000 },
  whole: { forMs: 60_000 },
  long: { forMs: 300_000 },
}

const bodyBytes = 64 * 1_024
const window = 256
const windowBytes = window * bodyBytes
const receivers = 2
/** 100 messages a second for both together; the sender alone makes some thousands. */
const handlerMs = 20

/** A process, and the most that it may grow by. */
interface Watched {
  readonly peer: Peer
  readonly name: string
  readonly peers: number
}

async function run(sides: Sides, size: Size): Promise<Finding> {
  const { forMs } = sizes[size]
  using place = new Place()
  const log = place.file('handled')
  using sender = new Peer(sides.sender, {
    ...sides.senderWork(window),
    endpoint: place.endpoint('tcp'),
    binds: true,
    identity: 'sender',
    bodyBytes,
  })
  const endpoint = await sender.bound()
  using crew = new DisposableStack()
  await until(() => sender.rss.length > 0)
  const peers = Array.from({ length: receivers }, (_, at) => {
    const work = { ...sides.receiverWork(window), endpoint, log, handlerMs, identity: `receiver/${at}` }
    return crew.use(new Peer(sides.receiver, work))
  })
  await until(() => peers.every(({ up }) => up))
  await sleep(forMs)
  const handled = handledSoFar(log).length
  const waitedMs = Number((sender.stats as { waitedMs?: number }).waitedMs)
  const watched: Watched[] = [
    { peer: sender, name: 'sender', peers: receivers },
    ...peers.map((peer, at) => ({ peer, name: `receiver ${at + 1}`, peers: 1 })),
  ]
  const memory = watched.map(judgeMemory)
  sender.child.send('stop')
  const stopped = timeNow()
  await sender.ends()
  const sent = Number(sender.done?.['delivered'])
  const verdict = check(readHandled(log), { sent, mostDuplicates: 0 })
  return {
    figures: {
      'handled in the time': handled,
      'sender waited': `${(waitedMs / 1_000).toFixed(1)} s`,
      lost: verdict.lost,
      'drained in': `${((timeNow() - stopped) / 1_000).toFixed(1)} s`,
      ...Object.fromEntries(memory.map(({ name, figure }) => [name, figure])),
    },
    broken: [...verdict.broken, ...memory.flatMap(({ broken }) => broken)],
  }
}

function judgeMemory({ peer, name, peers }: Watched): {
  readonly name: string
  readonly figure: string
  readonly broken: readonly string[]
} {
  const [baseline = 0] = peer.rss
  const bound = baseline + 2 * windowBytes * peers
  const most = Math.max(...peer.rss)
  const figure = `${spread(peer.rss.map(mebibytes), 'MiB')} of ${mebibytes(bound).toFixed(0)}`
  if (most <= bound) return { name, figure, broken: [] }
  return { name, figure, broken: [`the ${name} grew to ${mebibytes(most).toFixed(0)} MiB`] }
}

function overloaded(sides: Sides, name: string): Fault {
  return {
    name,
    title: `ten times too much, 64 KiB each, ${sides.pattern}`,
    run: (size) => run(sides, size),
  }
}

/** Sustained overload, by pattern. */
export const overload: readonly Fault[] = [
  overloaded(backpressureSides, 'overload-backpressure'),
  overloaded(requestReplySides, 'overload-request-reply'),
]
