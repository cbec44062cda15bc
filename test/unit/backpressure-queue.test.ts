/** What waits to be sent, and to whom it goes. */
import { PackedBatchBuilder } from '@sluice/core'
import type { Ticket } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { LeastLoaded } from '../../packages/patterns/src/backpressure/dispatch.ts'
import type { Dispatch, Target } from '../../packages/patterns/src/backpressure/dispatch.ts'
import { Keyed } from '../../packages/patterns/src/backpressure/keyed.ts'
import { MessageQueue } from '../../packages/patterns/src/backpressure/message-queue.ts'
import { cut } from '../../packages/patterns/src/backpressure/slice.ts'
import type { Slice } from '../../packages/patterns/src/backpressure/slice.ts'

const bounds = { maxBatchMessages: 4, maxBatchBytes: 1_000, maxMessageBytes: 2_000 }
const newBuilder = (): PackedBatchBuilder => new PackedBatchBuilder()
const values = (slices: readonly (Slice | undefined)[]): unknown[] =>
  slices.flatMap((slice) => (slice === undefined ? [] : slice.batch.values()))

function queueOf(...messages: unknown[]): MessageQueue {
  const queue = new MessageQueue(newBuilder, bounds)
  for (const [order, message] of messages.entries())
    queue.append(message, undefined, undefined, order, undefined)
  return queue
}

/** A receiver that keeps what it is sent. */
class Kept implements Target {
  readonly highWaterMark = 10
  credit: number
  creditBytes = 1_000_000
  readonly got: Slice[] = []

  constructor(credit: number) {
    this.credit = credit
  }

  get idle(): boolean {
    return this.got.length === 0
  }

  dispatch: Dispatch | undefined

  send(slice: Slice): void {
    this.credit -= slice.batch.count
    this.got.push(slice)
    this.dispatch?.moved(this)
  }
}

describe('a queue of messages', () => {
  it('gives out full slices as they were gathered, and parts of them', () => {
    const queue = queueOf(0, 1, 2, 3, 4, 5)
    expect(values([queue.shift(10, 1_000, true)])).toEqual([0, 1, 2, 3])
    expect(values([queue.shift(1, 1_000, true)])).toEqual([4])
    expect(values([queue.shift(10, 1_000, true)])).toEqual([5])
    expect(queue.shift(1, 1_000, true)).toBeUndefined()
    expect([queue.count, queue.bytes]).toEqual([0, 0])
  })

  it('lets a small slice that had to wait share a frame with what comes behind it', () => {
    const waiting = queueOf('waited', 'too')
    const queue = new MessageQueue(newBuilder, bounds)
    const ticket: Ticket = { settle: () => undefined }
    const slice = waiting.shift(1, 1_000, true)
    if (slice !== undefined) queue.push(slice)
    queue.append('behind', undefined, ticket, 7, 3)
    const shared = queue.shift(10, 1_000, true)
    expect(values([shared])).toEqual(['waited', 'behind'])
    expect([shared?.tickets?.[0], shared?.tickets?.[1]]).toEqual([undefined, ticket])
    expect(values([shared === undefined ? undefined : cut(shared, 1, 2)])).toEqual(['behind'])
    expect([queue.count, queue.bytes]).toEqual([0, 0])
  })

  it('fills no frame beyond its bounds with what had to wait', () => {
    const queue = new MessageQueue(newBuilder, bounds)
    for (const part of [queueOf(0, 1, 2).shift(3, 1_000, true), queueOf(3, 4, 5).shift(3, 1_000, true)])
      if (part !== undefined) queue.push(part)
    expect(queue.shift(10, 1_000, true)?.batch.count).toBeLessThanOrEqual(6)
    const large = queueOf('x'.repeat(990)).shift(1, 2_000, true)
    const other = queueOf('y'.repeat(1_500)).shift(1, 2_000, true)
    for (const part of [large, other]) if (part !== undefined) queue.push(part)
    expect(queue.shift(10, 4_000, true)?.batch.count).toBe(1)
    expect(queue.shift(10, 4_000, true)?.batch.count).toBe(1)
  })

  it('gives out no more bytes than asked for, unless it is one message alone', () => {
    const queue = queueOf('a'.repeat(100), 'b'.repeat(100), 'c'.repeat(500))
    expect(queue.shift(10, 250, true)?.batch.count).toBe(2)
    expect(queue.shift(10, 250, false)).toBeUndefined()
    expect(queue.shift(10, 250, true)?.batch.count).toBe(1)
  })

  it('puts what is sent again at its place among what was sent before', () => {
    const queue = queueOf(0, 1, 2, 3, 4, 5, 6, 7, 8)
    const first = queue.shift(2, 1_000, true)!
    const second = queue.shift(2, 1_000, true)!
    const third = queue.shift(2, 1_000, true)!
    queue.requeue([second])
    queue.requeue([first, third])
    expect(queue.count).toBe(9)
    expect(values(queue.clear())).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8])
  })

  it('takes a single message out, wherever it is', () => {
    const queue = queueOf(0, 1, 2, 3, 4, 5, 6)
    expect(values([queue.remove(2)])).toEqual([2])
    expect(values([queue.remove(6)])).toEqual([6])
    expect(values([queue.remove(0)])).toEqual([0])
    expect(queue.remove(2)).toBeUndefined()
    expect(queue.count).toBe(4)
    expect(values(queue.clear())).toEqual([1, 3, 4, 5])
  })

  it('keeps headers and tickets with their messages', () => {
    const queue = new MessageQueue(newBuilder, bounds)
    const ticket: Ticket = { settle: () => {} }
    queue.append('a', undefined, undefined, 0, undefined)
    queue.append('b', { id: 'b' }, ticket, 1, undefined)
    queue.append('c', undefined, undefined, 2, undefined)
    queue.shift(1, 1_000, true)
    const rest = queue.shift(2, 1_000, true)!
    expect(rest.headers?.values()).toEqual([{ id: 'b' }, null])
    expect(rest.tickets?.[0]).toBe(ticket)
  })

  it('is as it was after a message that cannot travel', () => {
    const queue = queueOf('a')
    expect(() => queue.append(() => 0, { id: 'x' }, undefined, 1, undefined)).toThrow(/function/)
    expect(() => queue.append('b', { id: () => 0 }, undefined, 1, undefined)).toThrow(/function/)
    queue.append('b', { id: 'y' }, undefined, 1, undefined)
    const slices = queue.clear()
    expect(values(slices)).toEqual(['a', 'b'])
    expect(
      slices.flatMap(({ headers, batch }) => headers?.values() ?? batch.values().map(() => null)),
    ).toEqual([null, { id: 'y' }])
  })
})

describe('dispatch to the least loaded', () => {
  const dispatchTo = (...targets: Kept[]): LeastLoaded => {
    const dispatch = new LeastLoaded(newBuilder, {
      ...bounds,
      maxBatchMessages: 1_000,
      maxBatchBytes: 100_000,
    })
    for (const target of targets) {
      target.dispatch = dispatch
      dispatch.join(target)
    }
    return dispatch
  }

  it('levels the credit of all', () => {
    const targets = [new Kept(10), new Kept(4), new Kept(6)]
    const dispatch = dispatchTo(...targets)
    for (let n = 0; n < 14; n++) dispatch.append(n, undefined, undefined, n)
    expect(dispatch.flush()).toBe(true)
    expect(targets.map(({ credit }) => credit)).toEqual([2, 2, 2])
    expect(dispatch.count).toBe(0)
  })

  it('sends each receiver few frames, however much there is', () => {
    const targets = [new Kept(500), new Kept(500)]
    const dispatch = dispatchTo(...targets)
    for (let n = 0; n < 600; n++) dispatch.append(n, undefined, undefined, n)
    dispatch.flush()
    expect(targets.map(({ got }) => got.length)).toEqual([1, 1])
    expect(targets.map(({ credit }) => credit)).toEqual([200, 200])
  })

  it('keeps what nobody has credit for', () => {
    const dispatch = dispatchTo(new Kept(1), new Kept(0))
    for (let n = 0; n < 5; n++) dispatch.append(n, undefined, undefined, n)
    dispatch.flush()
    expect(dispatch.count).toBe(4)
    expect(dispatch.flush()).toBe(false)
  })

  it('gives a message that is too large for one receiver to another that is idle', () => {
    const busy = new Kept(10)
    busy.creditBytes = 50
    busy.got.push({} as Slice)
    const idle = new Kept(1)
    idle.creditBytes = 50
    const dispatch = dispatchTo(busy, idle)
    dispatch.append('x'.repeat(200), undefined, undefined, 0)
    expect(dispatch.flush()).toBe(true)
    expect(idle.got).toHaveLength(1)
  })
})

describe('dispatch by key', () => {
  const dispatchTo = (...targets: Target[]): Keyed => {
    const key = (value: unknown): string => String(value)[0] ?? ''
    const dispatch = new Keyed(key, newBuilder, {
      ...bounds,
      maxBatchMessages: 1_000,
      maxBatchBytes: 100_000,
    })
    for (const target of targets) dispatch.join(target)
    return dispatch
  }
  const offer = (dispatch: Keyed, ...messages: string[]): void => {
    for (const [order, message] of messages.entries()) dispatch.append(message, undefined, undefined, order)
    dispatch.flush()
  }

  it('sends a key where its messages already are, even to one with less credit', () => {
    const [one, two] = [new Kept(3), new Kept(3)]
    const dispatch = dispatchTo(one, two)
    offer(dispatch, 'a1', 'b1')
    offer(dispatch, 'a2', 'a3', 'b2')
    const both = [values(one.got), values(two.got)]
    expect(both).toEqual([
      ['a1', 'a2', 'a3'],
      ['b1', 'b2'],
    ])
  })

  it('lets a key move when all of its messages are acked', () => {
    const [one, two] = [new Kept(3), new Kept(2)]
    const dispatch = dispatchTo(one, two)
    offer(dispatch, 'a1')
    const [sent] = one.got
    dispatch.settled(sent!, 0, 1)
    one.credit = 0
    offer(dispatch, 'a2')
    expect(values(two.got)).toEqual(['a2'])
  })

  it('holds a key back without credit, and lets others pass', () => {
    const [one, two] = [new Kept(1), new Kept(1)]
    const dispatch = dispatchTo(one, two)
    offer(dispatch, 'a1', 'a2', 'b1')
    expect([values(one.got), values(two.got)]).toEqual([['a1'], ['b1']])
    expect(dispatch.count).toBe(1)
    one.credit = 1
    dispatch.flush()
    expect(values(one.got)).toEqual(['a1', 'a2'])
  })

  it('sends what a lost receiver had ahead of what was pending for it', () => {
    const [one, two] = [new Kept(2), new Kept(1)]
    const dispatch = dispatchTo(one, two)
    offer(dispatch, 'a1', 'a2', 'a3')
    expect(values(one.got)).toEqual(['a1', 'a2'])
    two.credit = 10
    dispatch.leave(one, one.got)
    dispatch.flush()
    expect(values(two.got)).toEqual(['a1', 'a2', 'a3'])
    offer(dispatch, 'a4')
    expect(values(two.got)).toEqual(['a1', 'a2', 'a3', 'a4'])
  })

  it('keeps the order of a key while there is nobody', () => {
    const one = new Kept(2)
    const dispatch = dispatchTo(one)
    offer(dispatch, 'a1', 'b1', 'a2', 'b2')
    dispatch.leave(one, one.got)
    expect(dispatch.count).toBe(4)
    const [two, three] = [new Kept(5), new Kept(5)]
    dispatch.join(two)
    dispatch.join(three)
    dispatch.flush()
    for (const { got } of [two, three]) {
      for (const key of ['a', 'b']) {
        const order = values(got).filter((value) => String(value).startsWith(key))
        expect(order).toEqual([...order].sort((a, b) => String(a).localeCompare(String(b))))
      }
    }
    expect(dispatch.count).toBe(0)
  })
})
