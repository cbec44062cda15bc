/** A handler computes for so long that its event loop stands still: it is slow, and not dead. */
import { Producer } from '@sluice/patterns/backpressure'
import { Requester } from '@sluice/patterns/request-reply'
import type { LinkSender } from '@sluice/core'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check, longestGapMs } from '../harness/check.ts'
import { Crew } from '../harness/crew.ts'
import { Place } from '../harness/place.ts'
import { readHandled } from '../harness/record.ts'

interface Amount {
  readonly blockMs: number
  readonly limits: { readonly heartbeatIntervalMs: number; readonly heartbeatTimeoutMs: number }
}

// Each many times as long as a dead peer would be waited for.
const sizes: Sizes<Amount> = {
  short: { blockMs: 1_000, limits: { heartbeatIntervalMs: 50, heartbeatTimeoutMs: 150 } },
  whole: { blockMs: 10_000, limits: { heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 3_000 } },
  long: { blockMs: 10_000, limits: { heartbeatIntervalMs: 1_000, heartbeatTimeoutMs: 3_000 } },
}

const messages = 400

async function run(role: 'consume' | 'reply', size: Size): Promise<Finding> {
  const { blockMs, limits } = sizes[size]
  using place = new Place()
  const log = place.file('handled')
  const bind = place.endpoint('tcp')
  const sender: LinkSender =
    role === 'consume'
      ? new Producer({ bind, limits })
      : new Requester({ bind, limits, inFlight: 16, timeoutMs: 60_000 })
  const [endpoint = ''] = await sender.endpoints()
  const work = {
    endpoint,
    log,
    limits,
    handlerMs: 2,
    highWaterMark: 16,
    concurrency: 1,
    blockAt: 100,
    blockMs,
  }
  using _crew = new Crew(role, 1, work)
  for (let n = 0; n < messages; n++) {
    const accepted = sender.offer({ n }, undefined, undefined)
    if (accepted !== true) await accepted
  }
  await sender.drain()
  const records = readHandled(log)
  const verdict = check(records, { sent: messages, mostDuplicates: 0 })
  const { redelivered, delivered } = sender.stats()
  const broken = [...verdict.broken]
  if (redelivered > 0) broken.push(`${redelivered} were sent again`)
  if (delivered !== messages) broken.push(`the ledger says ${delivered} of ${messages} delivered`)
  const gap = longestGapMs(records)
  if (gap < blockMs * 0.9) broken.push(`the handler stood still for ${gap.toFixed(0)} ms only`)
  const figures = { 'stood still for': `${gap.toFixed(0)} ms`, lost: verdict.lost, 'sent again': redelivered }
  return { figures, broken }
}

/** Both patterns whose receivers are watched. */
export const blocked: readonly Fault[] = (['consume', 'reply'] as const).map((role) => {
  const pattern = role === 'consume' ? 'backpressure' : 'request-reply'
  return {
    name: `blocked-${pattern}`,
    title: `event loop blocked, ${pattern}`,
    run: (size) => run(role, size),
  }
})
