/** Every checker against a log that was written by hand: a good one, in which it finds nothing, and bad ones. */
import { checkers } from '@sluice/testing'
import type { SimulationEvent } from '@sluice/testing'
import { describe, expect, it } from 'vitest'

/** An event of the link between `from` and `to`; what a test does not say is as it mostly is. */
function event(what: string, details: object = {}): SimulationEvent {
  const machine = ['handed', 'finished', 'receiver', 'receiverClosed'].includes(what) ? 'to' : 'from'
  return { at: 0, machine, what, link: 'link', ...details } as unknown as SimulationEvent
}

function opened(pattern: string, options: object = {}): SimulationEvent[] {
  const promises = { delivery: pattern === 'fire-and-forget' ? 'at-most-once' : 'at-least-once' }
  const details = { pattern, promises, options, concurrency: 1 }
  return [event('sender', details), event('receiver', details)]
}

function packet(what: string, machine: string, figures: object): SimulationEvent {
  const peer = machine === 'from' ? 'to' : 'from'
  return event(what, { machine, peer, connection: 'c1', packet: figures })
}

/** A session of backpressure that begins, with a mark of two. */
const begun = [
  ...opened('backpressure'),
  packet('sent', 'from', { type: 'hello', epoch: 'e1', next: 0 }),
  packet('came', 'to', { type: 'hello', epoch: 'e1', next: 0 }),
  packet('sent', 'to', { type: 'welcome', epoch: 'e1', mark: 2, markBytes: 100 }),
  packet('came', 'from', { type: 'welcome', epoch: 'e1', mark: 2, markBytes: 100 }),
]

const data = (first: number, count = 1, bytes = 10): object => ({
  type: 'data',
  epoch: 'e1',
  first,
  count,
  bytes,
})
const stats = {
  dropped: 0,
  droppedBy: {},
  deadLettered: 0,
  failed: 0,
  undelivered: 0,
  pending: 0,
  inFlight: 0,
}

/** A message that goes all the way. */
const whole = [
  event('offered', { id: 'a' }),
  event('accepted', { id: 'a', pending: 1, inFlight: 0 }),
  packet('sent', 'from', data(0)),
  packet('came', 'to', data(0)),
  event('handed', { id: 'a', redelivered: false }),
  event('finished', { id: 'a', outcome: 'delivered' }),
  packet('came', 'from', { type: 'ack', epoch: 'e1', mark: 2, ranges: [[0, 0]], rejected: [], serial: 1 }),
  event('ended', { id: 'a', outcome: 'delivered' }),
  event('senderClosed', { stats: { ...stats, accepted: 1, delivered: 1 } }),
]

const bad: Readonly<Record<string, Readonly<Record<string, readonly SimulationEvent[]>>>> = {
  window: {
    'more messages than the mark': [...begun, packet('sent', 'from', data(0, 3))],
    'more bytes than the mark': [
      ...begun,
      packet('sent', 'from', data(0, 1, 90)),
      packet('sent', 'from', data(1, 1, 90)),
      packet('came', 'from', { type: 'ack', epoch: 'e1', mark: 9, ranges: [], rejected: [], serial: 1 }),
      packet('sent', 'from', data(2, 1, 90)),
    ],
    'an old mark after a newer one': [
      ...begun,
      packet('came', 'from', { type: 'ack', epoch: 'e1', mark: 0, ranges: [], rejected: [], serial: 2 }),
      packet('late', 'from', { type: 'ack', epoch: 'e1', mark: 9, ranges: [], rejected: [], serial: 1 }),
      packet('sent', 'from', data(0)),
    ],
  },
  bounds: {
    'accepted without credit': [...begun, event('accepted', { id: 'a', pending: 2, inFlight: 1 })],
    'more at work than the mark': [
      ...begun,
      packet('came', 'to', data(0, 3)),
      ...['a', 'b', 'c'].map((id) => event('handed', { id })),
    ],
    'a full queue that takes more': [
      ...opened('fire-and-forget', { highWaterMark: 1 }),
      event('accepted', { id: 'a', pending: 2, inFlight: 0 }),
    ],
  },
  order: {
    'a gap': [...begun, packet('came', 'to', data(1)), event('handed', { id: 'b' })],
    'an inversion': [
      ...begun,
      event('offered', { id: 'a' }),
      event('offered', { id: 'b' }),
      packet('came', 'to', data(0)),
      event('handed', { id: 'b', redelivered: false }),
      packet('came', 'to', data(1)),
      event('handed', { id: 'a', redelivered: false }),
    ],
  },
  keys: {
    'a message ahead of one of its key': [
      ...begun,
      event('offered', { id: 'a', key: 'k' }),
      event('offered', { id: 'b', key: 'k' }),
      packet('came', 'to', data(0)),
      event('handed', { id: 'b' }),
    ],
  },
  epochs: {
    'data of a session that is over': [
      ...begun,
      event('disconnected', { machine: 'to', connection: 'c1', peer: 'from' }),
      packet('late', 'to', data(0)),
      event('handed', { id: 'a' }),
    ],
    'an ack of another session': [
      ...begun,
      packet('late', 'from', { type: 'ack', epoch: 'e0', mark: 2, ranges: [[0, 0]], rejected: [] }),
      event('ended', { id: 'a', outcome: 'delivered' }),
    ],
  },
  'at-least-once': {
    'delivered before it was finished': [...begun, ...whole.filter(({ what }) => what !== 'finished')],
    'accepted and never heard of again': [...begun, ...whole.filter(({ what }) => what !== 'ended')],
    dropped: [...begun, event('ended', { id: 'a', outcome: 'dropped' })],
  },
  repetitions: {
    'a repetition without a mark': [
      ...begun,
      event('disconnected', { connection: 'c1', peer: 'to' }),
      event('handed', { id: 'a', redelivered: false }),
      event('handed', { id: 'a', redelivered: false }),
    ],
    'a repetition without a failure': [
      ...opened('backpressure'),
      event('handed', { id: 'a', redelivered: false }),
      event('handed', { id: 'a', redelivered: true }),
    ],
  },
  'at-most-once': {
    'a message twice': [
      ...opened('fire-and-forget'),
      event('handed', { id: 'a' }),
      event('handed', { id: 'a' }),
    ],
    'a drop without a reason': [
      ...opened('fire-and-forget'),
      event('ended', { id: 'a', outcome: 'dropped' }),
      event('senderClosed', { stats: { ...stats, accepted: 1, delivered: 0, dropped: 1 } }),
    ],
    'a message that is nowhere': [
      ...opened('fire-and-forget'),
      event('ended', { id: 'a', outcome: 'delivered' }),
      event('senderClosed', { stats: { ...stats, accepted: 1, delivered: 1 } }),
    ],
  },
  outcomes: {
    'two outcomes': [...begun, ...whole.toSpliced(-1, 0, event('ended', { id: 'a', outcome: 'failed' }))],
    'no outcome': [...begun, ...whole.filter(({ what }) => what !== 'ended')],
    'a request that outlives its attempts': [
      ...opened('request-reply', { timeoutMs: 100, retries: 1 }),
      event('accepted', { id: 'a' }),
      event('ended', { id: 'a', outcome: 'failed', at: 900 }),
    ],
  },
  conservation: {
    'a column that does not add up': [
      ...opened('backpressure'),
      event('senderClosed', { stats: { ...stats, accepted: 2, delivered: 1 } }),
    ],
    'a count that nobody saw': [
      ...opened('backpressure'),
      event('senderClosed', { stats: { ...stats, accepted: 1, delivered: 1 } }),
    ],
  },
  recovery: {
    'a message that ends too late': [
      ...opened('backpressure'),
      event('accepted', { id: 'a' }),
      event('healed', { machine: 'outside', peer: '*', at: 10 }),
      event('ended', { id: 'a', outcome: 'delivered', at: 90_000 }),
    ],
    'a message that never ends': [
      ...opened('backpressure'),
      event('accepted', { id: 'a' }),
      event('healed', { machine: 'outside', peer: '*' }),
    ],
  },
  promises: {
    'a promise that never settles': [event('awaited', { machine: 'outside', promise: 'drain' })],
  },
}

describe.each(Object.entries(checkers))('the checker %s', (name, checker) => {
  it('finds nothing in a message that goes all the way', () => {
    expect(checker([...begun, ...whole])).toEqual([])
  })

  it.each(Object.entries(bad[name] ?? {}))('sees %s', (_, events) => {
    expect(checker(events).map((violation) => violation.checker)).toContain(name)
  })

  it('is shown a bad log', () => {
    expect(Object.keys(bad[name] ?? {}).length).toBeGreaterThan(0)
  })
})
