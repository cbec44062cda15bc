/** A crowd of strangers at one bound socket: whoever belongs there is served as before. */
import { CurveKeys } from '@sluice/core'
import { Requester } from '@sluice/patterns/request-reply'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { mebibytes } from '../harness/figures.ts'
import { Peer, until } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'

interface Amount {
  readonly silent: number
  readonly garbage: number
  readonly keys: number
  /** How long is asked before the flood, and behind its first wave, in milliseconds. */
  readonly calmMs: number
}

const sizes: Sizes<Amount> = {
  short: { silent: 100, garbage: 50, keys: 100, calmMs: 200 },
  whole: { silent: 800, garbage: 400, keys: 1_000, calmMs: 3_000 },
  long: { silent: 800, garbage: 400, keys: 1_000, calmMs: 10_000 },
}

/** What is promised of the slowest answer in a hundred; the short form only looks whether everybody is served. */
const p99Ms = 50
const paceMs = 5

/** How long each answer took, in milliseconds, and what failed. */
interface Answers {
  readonly took: number[]
  readonly failed: unknown[]
}

/** Asks at a steady pace until it is told to stop, whatever becomes of the answers. */
function askSteadily(requester: Requester<{ n: number }, number>, signal: AbortSignal): Answers {
  const answers: Answers = { took: [], failed: [] }
  const ask = async (): Promise<void> => {
    for (let n = 0; !signal.aborted; n++) {
      const began = performance.now()
      requester.request({ n }).then(
        () => answers.took.push(performance.now() - began),
        (error: unknown) => answers.failed.push(error),
      )
      await sleep(paceMs)
    }
  }
  void ask()
  return answers
}

function percentile(figures: readonly number[], share: number): number {
  const sorted = figures.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN
}

async function run(size: Size): Promise<Finding> {
  const { calmMs, ...crowd } = sizes[size]
  using place = new Place()
  const [server, client] = [CurveKeys.generate(), CurveKeys.generate()]
  using host = new Peer(
    'reply',
    { endpoint: place.endpoint('tcp'), binds: true, identity: 'host' },
    undefined,
    {
      SLUICE_CURVE_PUBLIC_KEY: server.publicKey,
      SLUICE_CURVE_SECRET_KEY: server.reveal(),
      SLUICE_CURVE_ALLOW: client.publicKey,
    },
  )
  const endpoint = await host.bound()
  const security = { publicKey: client.publicKey, secretKey: client.reveal(), serverKey: server.publicKey }
  const open = () => new Requester<{ n: number }, number>({ connect: endpoint, security, timeoutMs: 30_000 })
  const requester = open()
  const stopping = new AbortController()
  const regular = askSteadily(requester, stopping.signal)
  await sleep(calmMs)
  const calm = regular.took.splice(0)
  using flood = new Peer('flood', { endpoint, identity: 'flood', crowd }, undefined, {
    SLUICE_CURVE_SERVER_KEY: server.publicKey,
    SLUICE_CURVE_PUBLIC_KEY: client.publicKey,
    SLUICE_CURVE_SECRET_KEY: client.reveal(),
  })
  await until(() => flood.done !== undefined || flood.over)
  await sleep(calmMs)
  const began = performance.now()
  const newcomer = open()
  await newcomer.request({ n: 0 })
  const cameInMs = performance.now() - began
  stopping.abort()
  await until(() => requester.stats().inFlight + requester.stats().pending === 0)
  const refusedBy = (host.stats['refusedBy'] ?? {}) as Readonly<Record<string, number>>
  await Promise.all([requester.close(), newcomer.close()])
  const p99 = percentile(regular.took, 0.99)
  const broken: string[] = []
  if (flood.done === undefined) broken.push('the flood ended before it had begun')
  if (regular.failed.length > 0)
    broken.push(`${regular.failed.length} requests failed: ${String(regular.failed[0])}`)
  if ((refusedBy['key'] ?? 0) < crowd.keys)
    broken.push(`${refusedBy['key'] ?? 0} of ${crowd.keys} keys were counted`)
  // A machine that is busy with other things keeps everybody waiting, flood or not.
  const bound = Math.max(p99Ms, 2 * percentile(calm, 0.99))
  if (size !== 'short' && p99 > bound)
    broken.push(`the slowest of a hundred took ${p99.toFixed(1)} ms, over ${bound.toFixed(0)}`)
  const figures = {
    'p50 / p99 before': `${percentile(calm, 0.5).toFixed(1)} / ${percentile(calm, 0.99).toFixed(1)} ms`,
    during: `${percentile(regular.took, 0.5).toFixed(1)} / ${p99.toFixed(1)} ms of ${regular.took.length}`,
    'a newcomer': `${cameInMs.toFixed(0)} ms`,
    ...Object.fromEntries(Object.entries(flood.done ?? {}).map(([name, count]) => [name, Number(count)])),
    'refused by': JSON.stringify(refusedBy),
    'host grew to': `${mebibytes(Math.max(...host.rss)).toFixed(0)} MiB`,
  }
  return { figures, broken }
}

export const flooded: Fault = {
  name: 'flood',
  title: 'silent, garbled, unlisted and restless strangers',
  run,
}
