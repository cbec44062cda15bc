/** Receivers are frozen by SIGSTOP and thawed: they are missed in time, the others do not feel it, nothing is lost. */
import { setTimeout as sleep } from 'node:timers/promises'
import { defaultLimits } from '@sluice/core'
import type { Limits } from '@sluice/core'
import { Producer } from '@sluice/patterns/backpressure'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { check, handledWithin } from '../harness/check.ts'
import { timeNow } from '../harness/child.ts'
import { Crew } from '../harness/crew.ts'
import { randomFrom, spread } from '../harness/figures.ts'
import { until } from '../harness/peer.ts'
import type { Peer } from '../harness/peer.ts'
import { Place } from '../harness/place.ts'
import { readHandled } from '../harness/record.ts'
import type { Handled } from '../harness/record.ts'

interface Amount {
  readonly freezes: number
  readonly shortestMs: number
  readonly longestMs: number
  readonly limits: Pick<Limits, 'heartbeatIntervalMs' | 'heartbeatTimeoutMs'>
  /** For how long the others are watched before each, in milliseconds. */
  readonly calmMs: number
  /** Whether the machine is quiet enough for rates to say something. */
  readonly rates: boolean
}

const whole: Amount = {
  freezes: 50,
  shortestMs: 100,
  longestMs: 10_000,
  limits: defaultLimits,
  calmMs: 2_000,
  rates: true,
}

const sizes: Sizes<Amount> = {
  short: {
    freezes: 2,
    shortestMs: 100,
    longestMs: 1_200,
    limits: { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 300 },
    calmMs: 100,
    rates: false,
  },
  whole,
  long: whole,
}

const window = 32
const receivers = 4
/** What it may take beyond the last heartbeat that was answered and three that were not, on a machine with other work. */
const graceMs = 500
const leastShare = 0.8
/** A freeze shorter than this is over before a rate says anything: it counts in the sum alone. */
const longEnoughMs = 1_000

/** A freeze as it was: when, whom, and after how long the sender missed him. */
interface Freeze {
  readonly identity: string
  readonly lengthMs: number
  /** For how long the others were watched before, in milliseconds. */
  readonly calmMs: number
  readonly from: number
  readonly to: number
  readonly noticedMs: number | undefined
}

/** Sends as fast as it may until it is told to stop. */
async function sending(producer: Producer<{ n: number }>, signal: AbortSignal): Promise<number> {
  let n = 0
  for (; !signal.aborted; n++) await producer.send({ n })
  return n
}

async function freeze(
  peer: Peer,
  producer: Producer<{ n: number }>,
  lengthMs: number,
  calmMs: number,
): Promise<Freeze> {
  await until(() => producer.stats().peers === receivers)
  // What goes on undisturbed is what the rest is measured by.
  await sleep(calmMs)
  const from = timeNow()
  peer.freeze()
  let noticedMs: number | undefined
  while (timeNow() < from + lengthMs) {
    if (noticedMs === undefined && producer.stats().peers < receivers) noticedMs = timeNow() - from
    await sleep(5)
  }
  peer.thaw()
  return { identity: peer.identity, lengthMs, calmMs, from, to: timeNow(), noticedMs }
}

async function run(size: Size): Promise<Finding> {
  const { freezes, shortestMs, longestMs, limits, calmMs, rates } = sizes[size]
  using place = new Place()
  const log = place.file('handled')
  const producer = new Producer<{ n: number }>({ bind: place.endpoint('tcp'), limits })
  const [endpoint = ''] = await producer.endpoints()
  using crew = new Crew('consume', receivers, { endpoint, log, limits, highWaterMark: window, handlerMs: 4 })
  const stop = new AbortController()
  const sent = sending(producer, stop.signal)
  const random = randomFrom(11)
  const seen: Freeze[] = []
  for (let at = 0; at < freezes; at++) {
    const peer = crew.members[Math.floor(random() * receivers)]
    // As many short ones as long ones; the last is always long enough to be noticed.
    const share = at === freezes - 1 ? 1 : random()
    const lengthMs = Math.round(shortestMs * (longestMs / shortestMs) ** share)
    if (peer !== undefined) seen.push(await freeze(peer, producer, lengthMs, calmMs))
  }
  stop.abort()
  const messages = await sent
  await producer.drain()
  return judge(readHandled(log), {
    messages,
    seen,
    withinMs: limits.heartbeatIntervalMs + limits.heartbeatTimeoutMs + graceMs,
    rates,
  })
}

interface Run {
  readonly messages: number
  readonly seen: readonly Freeze[]
  /** How soon a frozen one must be missed. */
  readonly withinMs: number
  readonly rates: boolean
}

function judge(records: readonly Handled[], { messages, seen, withinMs, rates }: Run): Finding {
  const verdict = check(records, { sent: messages, mostDuplicates: window * seen.length })
  const broken = [...verdict.broken]
  const due = seen.filter(({ lengthMs }) => lengthMs > withinMs)
  const late = due.filter(({ noticedMs = Infinity }) => noticedMs > withinMs)
  if (rates && late.length > 0) broken.push(`${late.length} of ${due.length} were not missed in time`)
  if (due.some(({ noticedMs }) => noticedMs === undefined)) broken.push('a frozen receiver was not missed')
  const kept = seen.map((one) => othersOf(one, records))
  const inAll = shareOf(kept)
  const shares = kept.filter(({ lengthMs }) => lengthMs >= longEnoughMs).map((one) => shareOf([one]))
  if (rates && Math.min(inAll, ...shares) < leastShare)
    broken.push(`the others kept ${Math.min(inAll, ...shares).toFixed(2)} of their rate`)
  const noticed = due.flatMap(({ noticedMs = [] }) => noticedMs)
  return {
    figures: {
      freezes: seen.length,
      messages,
      lost: verdict.lost,
      duplicates: verdict.duplicates,
      unmarked: verdict.unmarked,
      'missed after': spread(noticed, 'ms'),
      "others' share of their rate in all": inAll.toFixed(2),
      'and where frozen for a second or more': spread(shares, '', 2),
    },
    broken,
  }
}

/** What the others handled during a freeze, and what they would have at their rate before it. */
interface Kept {
  readonly lengthMs: number
  readonly handled: number
  readonly expected: number
}

function othersOf({ identity, lengthMs, calmMs, from, to }: Freeze, records: readonly Handled[]): Kept {
  const others = (by: string): boolean => !by.startsWith(`${identity}#`)
  const before = handledWithin(records, [from - calmMs, from], others)
  const handled = handledWithin(records, [from, to], others)
  return { lengthMs, handled, expected: (before * (to - from)) / calmMs }
}

function shareOf(kept: readonly Kept[]): number {
  const sum = (of: (one: Kept) => number): number => kept.reduce((all, one) => all + of(one), 0)
  return sum(({ handled }) => handled) / sum(({ expected }) => expected)
}

/** Frozen receivers. */
export const frozen: Fault = { name: 'frozen', title: 'receivers frozen', run }
