/** Receivers die by SIGKILL while messages flow: another gets what they held, marked. */
import type { LinkSender, LinkStats } from '@sluice/core'
import { Producer } from '@sluice/patterns/backpressure'
import { Requester } from '@sluice/patterns/request-reply'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check } from '../harness/check.ts'
import { Crew } from '../harness/crew.ts'
import { randomFrom, spread } from '../harness/figures.ts'
import { untilWithin } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import { readHandled } from '../harness/record.ts'

interface Amount {
  readonly kills: number
  readonly messages: number
}

const sizes: Sizes<Amount> = {
  short: { kills: 4, messages: 4_000 },
  whole: { kills: 100, messages: 50_000 },
  long: { kills: 100, messages: 50_000 },
}

/** The transport makes little difference here: over the second one a quarter of it, by default. */
function amountOf(scheme: 'tcp' | 'ipc', size: Size): Amount {
  const { kills, messages } = sizes[size]
  return scheme === 'ipc' && size === 'whole'
    ? { kills: kills / 4, messages: messages / 4 }
    : { kills, messages }
}

/** Most messages that one receiver has outstanding. */
const window = 50
const receivers = 3
/** Longest time until the sender knows that a receiver was killed, in milliseconds. */
const noticeMs = 5_000

/** A sender that is bound here and the receivers that connect to it. */
interface Side {
  readonly role: 'consume' | 'reply'
  readonly sender: (bind: string) => LinkSender
}

const sides: Readonly<Record<string, Side>> = {
  backpressure: { role: 'consume', sender: (bind) => new Producer({ bind }) },
  'request-reply': {
    role: 'reply',
    sender: (bind) => new Requester({ bind, inFlight: window, timeoutMs: 60_000, retries: 20 }),
  },
}

async function run({ role, sender: open }: Side, scheme: 'tcp' | 'ipc', size: Size): Promise<Finding> {
  const { kills, messages } = amountOf(scheme, size)
  using place = new Place()
  const log = place.file('handled')
  const sender = open(place.endpoint(scheme))
  const [endpoint = ''] = await sender.endpoints()
  using crew = new Crew(role, receivers, {
    endpoint,
    log,
    highWaterMark: window,
    concurrency: window,
    handlerMs: 2,
  })
  const random = randomFrom(5)
  const each = messages / kills
  const noticed: number[] = []
  const failed: string[] = []
  const ticket = {
    settle: (outcome: string, error?: Error): void => {
      if (outcome !== 'delivered') failed.push(`${outcome}: ${error?.message ?? ''}`)
    },
  }
  for (let n = 0; n < messages; n++) {
    const accepted = sender.offer({ n }, undefined, ticket)
    if (accepted !== true) await accepted
    if (n % each !== Math.floor(each / 2)) continue
    await sender.ready()
    const before = sender.stats().redelivered
    const began = performance.now()
    await crew.killOne(random)
    const { inFlight, pending } = sender.stats()
    if (inFlight + pending === 0) continue
    const seen = await untilWithin(noticeMs, () => sender.stats().redelivered > before)
    if (seen) noticed.push(performance.now() - began)
  }
  await sender.drain()
  return judge(sender.stats(), { messages, kills, noticed, failed, log })
}

interface Seen extends Amount {
  readonly noticed: readonly number[]
  readonly failed: readonly string[]
  readonly log: string
}

function judge(stats: LinkStats, { messages, kills, noticed, failed, log }: Seen): Finding {
  const verdict = check(readHandled(log), { sent: messages, mostDuplicates: window * kills })
  const broken = [...verdict.broken]
  if (failed.length > 0) broken.push(`${failed.length} were not delivered: ${failed[0]}`)
  if (stats.delivered !== messages) broken.push(`the ledger says ${stats.delivered} of ${messages} delivered`)
  if (stats.redelivered > window * kills)
    broken.push(`${stats.redelivered} sent again, and the faults explain ${window * kills}`)
  return {
    figures: {
      kills,
      messages,
      lost: verdict.lost,
      duplicates: verdict.duplicates,
      unmarked: verdict.unmarked,
      'sent again': stats.redelivered,
      'until sent again': spread(noticed, 'ms'),
    },
    broken,
  }
}

function faultOf(pattern: string, side: Side, scheme: 'tcp' | 'ipc'): Fault {
  return {
    name: `killed-receivers-${pattern}-${scheme}`,
    title: `receivers killed, ${pattern} over ${scheme}`,
    run: (size) => run(side, scheme, size),
  }
}

/** Each pattern that promises to lose nothing, over each way between processes. */
export const killedReceivers: readonly Fault[] = Object.entries(sides).flatMap(([pattern, side]) =>
  (['tcp', 'ipc'] as const).map((scheme) => faultOf(pattern, side, scheme)),
)
