/** Of eight receivers one is a thousand times slower and one never finishes: the six others do not feel it. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { handledWithin } from '../harness/check.ts'
import { timeNow } from '../harness/child.ts'
import type { Work } from '../harness/child.ts'
import { mebibytes, spread } from '../harness/figures.ts'
import { Peer, until } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import { handledSoFar } from '../harness/record.ts'
import { backpressureSides, requestReplySides } from '../harness/sides.ts'
import type { Sides } from '../harness/sides.ts'

const sizes: Sizes<{ readonly forMs: number }> = {
  short: { forMs: 1_000 },
  whole: { forMs: 15_000 },
  long: { forMs: 120_000 },
}

const receivers = 8
const handlerMs = 10
const window = 64
const bodyBytes = 1_024
/** Of a request: what the two have not answered by then is asked elsewhere. */
const timeoutMs = 5_000
const leastShare = 0.8
/** What a heap may grow by when a process works longer, in MiB. */
const heapMiB = 48

/** What was seen of one run. */
interface Seen {
  /** Messages a second of the receivers that are sound in both runs. */
  readonly rate: number
  readonly rss: readonly number[]
  readonly mostOutstanding: number
  readonly failed: number
}

/** Which receivers are not sound: the first, and the second. */
const ill: readonly Partial<Work>[] = [{ handlerMs: handlerMs * 1_000 }, { stopsAt: 0 }]

function isSound(by: string): boolean {
  return Number(by.split('/')[1]?.split('#')[0]) >= ill.length
}

async function flow(sides: Sides, forMs: number, unsound: readonly Partial<Work>[]): Promise<Seen> {
  using place = new Place()
  const log = place.file('handled')
  using sender = new Peer(sides.sender, {
    ...sides.senderWork(window),
    timeoutMs,
    endpoint: place.endpoint('tcp'),
    binds: true,
    identity: 'sender',
    bodyBytes,
  })
  const endpoint = await sender.bound()
  using crew = new DisposableStack()
  const peers = Array.from({ length: receivers }, (_, at) => {
    const work = { ...sides.receiverWork(window), endpoint, log, handlerMs, ...unsound[at] }
    return crew.use(new Peer(sides.receiver, { ...work, identity: `receiver/${at}` }))
  })
  await until(() => peers.slice(ill.length).every(({ up }) => up))
  await sleep(500)
  const from = timeNow()
  let mostOutstanding = 0
  const before = sender.rss.length
  while (timeNow() < from + forMs) {
    const { pending = 0, inFlight = 0 } = sender.stats as { pending?: number; inFlight?: number }
    mostOutstanding = Math.max(mostOutstanding, pending + inFlight)
    await sleep(50)
  }
  const to = timeNow()
  const rate = (handledWithin(handledSoFar(log), [from, to], isSound) * 1_000) / (to - from)
  const failed = Number((sender.stats as { failed?: number }).failed)
  return { rate, failed, rss: sender.rss.slice(before).map(mebibytes), mostOutstanding }
}

async function run(sides: Sides, size: Size): Promise<Finding> {
  const { forMs } = sizes[size]
  const sound = await flow(sides, forMs, [])
  const found = await flow(sides, forMs, ill)
  const share = found.rate / sound.rate
  const broken: string[] = []
  if (size !== 'short' && share < leastShare) broken.push(`the others kept ${share.toFixed(2)} of their rate`)
  if (found.mostOutstanding > window * receivers)
    broken.push(`${found.mostOutstanding} outstanding, and the windows are ${window * receivers}`)
  if (found.failed > 0) broken.push(`${found.failed} failed, though six others were there`)
  if (Math.max(...found.rss) > Math.max(...sound.rss) + heapMiB)
    broken.push(`the sender grew to ${Math.max(...found.rss).toFixed(0)} MiB`)
  return {
    figures: {
      "others' rate before": `${sound.rate.toFixed(0)}/s`,
      'and with the two': `${found.rate.toFixed(0)}/s (${share.toFixed(2)})`,
      'most outstanding': found.mostOutstanding,
      "sender's memory before": spread(sound.rss, 'MiB'),
      'and with the two ': spread(found.rss, 'MiB'),
    },
    broken,
  }
}

function slowed(sides: Sides, name: string): Fault {
  return {
    name,
    title: `one of 8 ${sides.receivers} 1 000 times slower, one stuck`,
    run: (size) => run(sides, size),
  }
}

/** Slow and stuck receivers, by pattern. */
export const slow: readonly Fault[] = [
  slowed(backpressureSides, 'slow-backpressure'),
  slowed(requestReplySides, 'slow-request-reply'),
]
