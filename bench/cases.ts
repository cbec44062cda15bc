/** What is measured beside what. The first row of a case is what the others are compared with. */
import type { Job } from './harness/measure.ts'

/** What counts: how many a second, how long one takes, how far a dispatch is from the ideal, how far a sender is ahead, or what a link holds. */
export type Figure = 'perSecond' | 'p50' | 'overIdeal' | 'ahead' | 'bytesPerLink'

export interface Row {
  readonly subject: string
  readonly job: Job
}

export interface Case {
  readonly name: string
  readonly title: string
  readonly figure: Figure
  readonly rows: readonly Row[]
  /** Left out unless it is named or everything is asked for. */
  readonly extra: boolean
}

const usual: Job = { transport: 'tcp', shape: 'object-75', messages: 1, inFlight: 1, pace: 0 }

/**
 * Rows of one case: subjects with their number of messages, each enough for about a second: shorter runs measure how code is
 * compiled. Half as many go ahead of them, unless the case says how to warm up.
 */
export function rows(job: Partial<Job>, subjects: Readonly<Record<string, number>>): readonly Row[] {
  return Object.entries(subjects).map(([subject, messages]) => ({
    subject,
    job: { ...usual, warmUp: { messages: Math.ceil(messages / 2), pace: 0 }, ...job, messages },
  }))
}

export function asking(inFlight: number, subjects: Readonly<Record<string, number>>, title: string): Case {
  const figure = inFlight === 1 ? 'p50' : 'perSecond'
  return { name: `ask-${inFlight}`, title, figure, rows: rows({ inFlight }, subjects), extra: inFlight > 64 }
}

function shaped(shape: string, few: number, many: number): Case {
  const title = `one way, tcp, ${shape}`
  const subjects = { 'raw-zeromq': few, 'sluice-backpressure': many, 'sluice-fire-and-forget': many }
  return { name: `shape-${shape}`, title, figure: 'perSecond', rows: rows({ shape }, subjects), extra: true }
}

function late(pace: number, messages: number): Case {
  const title = `one way at ${pace} a second, tcp`
  const names = [
    'raw-latency',
    'raw-dealer-latency',
    'sluice-fire-and-forget-latency',
    'sluice-latency',
    'sluice-latency-awake',
  ]
  const subjects = Object.fromEntries(names.map((name) => [name, messages]))
  // At a low pace it would take minutes until the code is compiled.
  const warmUp = { messages: 100_000, pace: 50_000 }
  return { name: `late-${pace}`, title, figure: 'p50', rows: rows({ pace, warmUp }, subjects), extra: true }
}

function binary(shape: string, messages: number): Case {
  const title = `one way, tcp, ${shape}`
  const subjects = { 'raw-zeromq': messages, 'sluice-backpressure': messages }
  return { name: shape, title, figure: 'perSecond', rows: rows({ shape }, subjects), extra: true }
}

/** The same way with more and more messages: what one costs should not grow. */
function growth(messages: number): Case {
  const warmUp = { messages: 100_000, pace: 0 }
  const title = `one way, tcp, ${messages.toLocaleString('en')} messages`
  const subjects = { 'sluice-backpressure': messages }
  return {
    name: `growth-${messages}`,
    title,
    figure: 'perSecond',
    rows: rows({ warmUp }, subjects),
    extra: true,
  }
}

function peers(senders: number): Case {
  const title = `from ${senders} senders to one socket, tcp`
  const subjects = { 'raw-peers': 300_000, 'sluice-peers': 4_000_000 }
  return {
    name: `peers-${senders}`,
    title,
    figure: 'perSecond',
    rows: rows({ inFlight: senders }, subjects),
    extra: true,
  }
}

export const cases: readonly Case[] = [
  {
    name: 'tcp',
    title: 'one way, tcp, a 75-octet object',
    figure: 'perSecond',
    extra: false,
    rows: rows(
      {},
      {
        'raw-zeromq': 300_000,
        'raw-zeromq-batched': 2_000_000,
        'net-socket': 2_000_000,
        'codec-limit': 2_000_000,
        'sluice-backpressure': 2_000_000,
        'sluice-fire-and-forget': 2_500_000,
      },
    ),
  },
  asking(
    1,
    {
      'raw-req-rep': 20_000,
      'raw-dealer-router': 20_000,
      'net-rpc': 20_000,
      'sluice-request-reply': 20_000,
      'sluice-request-reply-awake': 20_000,
    },
    'request-reply, one at a time: median in microseconds',
  ),
  asking(
    64,
    { 'raw-dealer-router': 50_000, 'net-rpc': 200_000, 'sluice-request-reply': 200_000 },
    'request-reply, 64 in flight',
  ),
  asking(
    1_024,
    { 'raw-dealer-router': 50_000, 'net-rpc': 300_000, 'sluice-request-reply': 300_000 },
    'request-reply, 1 024 in flight',
  ),
  late(1_000, 4_000),
  late(50_000, 100_000),
  binary('bytes-64k', 16_000),
  {
    name: 'processes',
    title: 'pipelines of two and three processes, async handlers',
    figure: 'perSecond',
    extra: true,
    rows: rows(
      // The processes that matter are started by the run itself.
      { transport: 'ipc', warmUp: undefined },
      { 'sluice-pipeline-2': 1_000_000, 'sluice-pipeline-3': 1_000_000 },
    ),
  },
  {
    name: 'memory',
    title: 'three stages in one thread, async handlers',
    figure: 'perSecond',
    extra: true,
    rows: rows({}, { 'async-generators': 1_500_000, 'memory-link': 1_500_000 }),
  },
  {
    name: 'fused',
    title: 'three stages in one thread, plain handlers',
    figure: 'perSecond',
    extra: true,
    rows: rows({}, { 'object-streams': 2_000_000, fused: 2_000_000 }),
  },
  {
    name: 'threads',
    title: 'from one thread to another',
    figure: 'perSecond',
    extra: true,
    rows: rows({}, { 'post-message': 500_000, 'sluice-thread': 2_000_000 }),
  },
  {
    name: 'fair',
    title: 'four receivers, one 20 times slower: time over ideal',
    figure: 'overIdeal',
    extra: true,
    rows: rows({ warmUp: { messages: 500, pace: 0 } }, { 'raw-fair': 1_000, 'sluice-fair': 20_000 }),
  },
  {
    name: 'ipc',
    title: 'one way, ipc, a 75-octet object',
    figure: 'perSecond',
    extra: true,
    rows: rows(
      { transport: 'ipc' },
      {
        'raw-zeromq': 300_000,
        'net-socket': 2_000_000,
        'sluice-backpressure': 2_000_000,
        'sluice-fire-and-forget': 2_500_000,
      },
    ),
  },
  {
    name: 'safety',
    title: 'what each guarantee costs, tcp',
    figure: 'perSecond',
    extra: true,
    rows: rows(
      {},
      {
        'sluice-backpressure': 2_000_000,
        'sluice-backpressure-loop': 2_000_000,
        'sluice-backpressure-scanned': 2_000_000,
        'sluice-backpressure-keyed': 2_000_000,
        'sluice-backpressure-headers': 1_000_000,
        'sluice-curve': 1_000_000,
      },
    ),
  },
  {
    name: 'outbox',
    title: 'what an outbox costs under each sync policy, tcp, bursts of 1 000',
    figure: 'perSecond',
    extra: true,
    rows: rows(
      {},
      { 'outbox-none': 200_000, 'outbox-each': 50_000, 'outbox-batch': 50_000, 'outbox-os': 50_000 },
    ),
  },
  {
    name: 'limited',
    title: 'a receiver of 2 000 a second, for 60 s: accepted and not finished',
    figure: 'ahead',
    extra: true,
    rows: rows(
      { pace: 2_000, warmUp: { messages: 2_000, pace: 2_000 } },
      { 'raw-limited': 120_000, 'sluice-limited': 120_000 },
    ),
  },
  {
    name: 'idle',
    title: '1 000 links with nothing to do, for 10 s: memory of a side for each, in octets',
    figure: 'bytesPerLink',
    extra: true,
    rows: rows({ inFlight: 1_000, warmUp: undefined }, { 'raw-idle': 10_000, 'sluice-idle': 10_000 }),
  },
  ...[1, 10, 100, 1_000].map(peers),
  ...[1e4, 1e5, 1e6, 1e7, 1e8].map(growth),
  shaped('numbers-20', 300_000, 3_000_000),
  shaped('nested-1k', 60_000, 200_000),
  shaped('map-100', 60_000, 300_000),
  shaped('bytes-512', 200_000, 800_000),
  shaped('mixed', 100_000, 500_000),
  binary('bytes-1m', 1_000),
]
