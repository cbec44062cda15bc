import { AutoWindow, RangeSet, ReceiverWindow, SenderWindow } from '@sluice/core'
import type { Finished } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

/** A step of the world: what happens is `kind`, and `pick` chooses among what it could happen to. */
interface Step {
  readonly kind:
    'offer' | 'send' | 'arrive' | 'finish' | 'reject' | 'ack' | 'take' | 'repeat' | 'mark' | 'lose'
  readonly pick: number
}

const kinds = [
  'offer',
  'send',
  'arrive',
  'finish',
  'reject',
  'ack',
  'take',
  'repeat',
  'mark',
  'lose',
] as const
const step: fc.Arbitrary<Step> = fc.record({
  kind: fc.oneof(
    { weight: 12, arbitrary: fc.constantFrom(...kinds.slice(0, 7)) },
    { weight: 3, arbitrary: fc.constantFrom('repeat' as const, 'mark' as const) },
    { weight: 1, arbitrary: fc.constant('lose' as const) },
  ),
  pick: fc.nat(1_000),
})

/** What lies in the pipe from the sender: the messages `ids` have the numbers from `first` on. */
interface Data {
  readonly epoch: number
  readonly first: number
  readonly ids: readonly number[]
}

interface Ack {
  readonly epoch: number
  readonly serial: number
  readonly mark: number
  readonly finished: Finished
}

/** Both windows in a world that loses connections and reorders acks; and beside them lists of every single message. */
class World {
  sender = new SenderWindow()
  receiver = new ReceiverWindow()
  epoch = 0
  serial = 0
  announcing = 4
  widest = 4
  offered = 0
  pending: number[] = []
  /** The naive twin: which message has which number, in the session of now. */
  sent: number[] = []
  acked = new Set<number>()
  held = new Set<number>()
  readonly ended = new Map<number, string>()
  readonly begun: number[] = []
  redeliveries = 0
  data: Data[] = []
  acks: Ack[] = []
  seen: Ack[] = []

  constructor() {
    this.receiver.announce(this.announcing)
    this.sender.announced(this.announcing, 0)
  }

  do({ kind, pick }: Step): void {
    this[kind](pick)
    this.check()
  }

  offer(pick: number): void {
    for (let i = pick % 7; i >= 0; i--) this.pending.push(this.offered++)
  }

  send(pick: number): void {
    const count = Math.min(this.pending.length, this.sender.credit, 1 + (pick % 5))
    if (count === 0) return
    const first = this.sender.sent(count)
    expect(first).toBe(this.sent.length)
    const ids = this.pending.splice(0, count)
    this.sent.push(...ids)
    this.data.push({ epoch: this.epoch, first, ids })
  }

  arrive(): void {
    const data = this.data.shift()
    if (data === undefined || data.epoch !== this.epoch) return
    expect(this.receiver.receive(data.first, data.ids.length)).toBe(true)
    for (const [at, id] of data.ids.entries()) {
      this.held.add(data.first + at)
      this.begun.push(id)
    }
  }

  finish(pick: number): void {
    const sequence = [...this.held][pick % Math.max(1, this.held.size)]
    if (sequence === undefined) return
    // Runs of neighbours are finished together.
    let last = sequence
    while (pick % 3 === 0 && this.held.has(last + 1)) last++
    expect(this.receiver.finish(sequence, last)).toBe(last - sequence + 1)
    expect(this.receiver.finish(sequence, last)).toBe(0)
    for (let at = sequence; at <= last; at++) this.held.delete(at)
  }

  reject(pick: number): void {
    const sequence = [...this.held][pick % Math.max(1, this.held.size)]
    if (sequence === undefined) return
    this.held.delete(sequence)
    this.receiver.reject({ first: sequence, last: sequence, code: 'failed', message: 'no' })
  }

  ack(pick: number): void {
    const finished = pick % 4 === 0 ? this.receiver.all() : this.receiver.news()
    this.receiver.announce(this.announcing)
    this.acks.push({
      epoch: this.epoch,
      serial: ++this.serial,
      mark: this.announcing,
      finished: finished ?? { ranges: [], rejected: [] },
    })
  }

  /** An ack comes; not always the one that was sent first. */
  take(pick: number): void {
    const [ack] = this.acks.splice(pick % 3 === 0 ? pick % Math.max(1, this.acks.length) : 0, 1)
    if (ack === undefined) return
    this.seen.push(ack)
    this.apply(ack)
  }

  repeat(pick: number): void {
    const ack = this.seen[pick % Math.max(1, this.seen.length)]
    if (ack !== undefined) this.apply(ack)
  }

  apply(ack: Ack): void {
    if (ack.epoch !== this.epoch) return
    for (const [first, last] of ack.finished.ranges) this.settle(first, last, 'delivered')
    for (const { first, last } of ack.finished.rejected) this.settle(first, last, 'failed')
    this.sender.announced(ack.mark, ack.serial)
  }

  settle(first: number, last: number, outcome: string): void {
    for (const [from, to] of this.sender.ack(first, last)) {
      for (let sequence = from; sequence <= to; sequence++) {
        expect(this.acked.has(sequence)).toBe(false)
        this.acked.add(sequence)
        const id = this.sent[sequence]
        expect(this.ended.has(id!)).toBe(false)
        this.ended.set(id!, outcome)
      }
    }
  }

  /** The receiver states another mark, perhaps none or a smaller one. */
  mark(pick: number): void {
    this.announcing = [0, 1, 2, 4, 9, 30][pick % 6]!
    this.widest = Math.max(this.widest, this.announcing)
  }

  /** The connection is lost, with everything in it: a new session, and what is unacked goes back to the head. */
  lose(): void {
    const unacked = this.sender.unacked().flatMap(([first, last]) => this.sent.slice(first, last + 1))
    this.redeliveries += unacked.length
    this.pending.unshift(...unacked)
    this.epoch++
    this.serial = 0
    this.sent = []
    this.acked = new Set()
    this.held = new Set()
    this.sender = new SenderWindow()
    this.receiver = new ReceiverWindow()
    this.announcing = Math.max(1, this.announcing)
    this.receiver.announce(this.announcing)
    this.sender.announced(this.announcing, 0)
  }

  check(): void {
    const inFlight = this.sent.length - this.acked.size
    expect(this.sender.inFlight).toBe(inFlight)
    expect(this.sender.credit).toBe(Math.max(0, this.sender.highWaterMark - inFlight))
    expect(this.receiver.held).toBe(this.held.size)
    expect(this.held.size).toBeLessThanOrEqual(this.widest)
    expect(this.pending.length + inFlight + this.ended.size).toBe(this.offered)
    expect(this.sender.next).toBeLessThanOrEqual(this.receiver.limit)
  }

  /** The world calms down: everything that can happen does, until nothing more does. */
  heal(): void {
    this.announcing = 4
    for (let round = 0; this.ended.size < this.offered; round++) {
      expect(round).toBeLessThan(10_000)
      this.ack(0)
      while (this.acks.length > 0) this.take(1)
      this.send(4)
      while (this.data.length > 0) this.arrive()
      while (this.held.size > 0) this.finish(0)
      this.check()
    }
  }
}

describe('the windows of both sides', () => {
  it('agree with a list of every message, whatever is lost, repeated, reordered or shrunk', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const world = new World()
        for (const one of steps) world.do(one)
        world.heal()
        expect([...world.ended.keys()].toSorted((a, b) => a - b)).toEqual(
          Array.from({ length: world.offered }, (_, id) => id),
        )
        expect(world.begun.length).toBeLessThanOrEqual(world.offered + world.redeliveries)
      }),
      { numRuns: 1_000 },
    )
  })
})

describe('a set of ranges', () => {
  it('is a set', () => {
    const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([first, length]) => [first, first + length] as const)
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), range, fc.nat(70), (ranges, probe, below) => {
        const set = new RangeSet()
        const twin = new Set<number>()
        for (const [first, last] of ranges) {
          const before = twin.size
          for (let i = first; i <= last; i++) twin.add(i)
          expect(set.add(first, last)).toBe(twin.size - before)
          expect(set.count).toBe(twin.size)
        }
        const missing = set
          .missing(...probe)
          .flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i))
        const expected = Array.from({ length: probe[1] - probe[0] + 1 }, (_, i) => probe[0] + i)
        expect(missing).toEqual(expected.filter((i) => !twin.has(i)))
        set.removeBelow(below)
        const kept = [...twin].filter((i) => i >= below).toSorted((a, b) => a - b)
        expect(set.ranges().flatMap(([a, b]) => Array.from({ length: b - a + 1 }, (_, i) => a + i))).toEqual(
          kept,
        )
        for (const [at, [first]] of set.ranges().entries()) {
          if (at > 0) expect(first).toBeGreaterThan(set.at(at - 1)![1] + 1)
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('a window that sizes itself', () => {
  it('stays within its bounds, whatever happens', () => {
    const happening = fc.record({
      count: fc.nat(200),
      afterMs: fc.double({ min: 0, max: 500, noNaN: true }),
      held: fc.boolean(),
    })
    fc.assert(
      fc.property(
        fc.array(happening, { maxLength: 100 }),
        fc.integer({ min: 1, max: 64 }),
        (happenings, concurrency) => {
          const window = new AutoWindow({ concurrency, max: 5_000 })
          let now = 0
          let held = 0
          for (const { count, afterMs, held: exhausted } of happenings) {
            window.arrived(count, now)
            held += count
            if (exhausted) window.exhausted()
            now += afterMs
            const finished = Math.min(held, count)
            held -= finished
            if (finished > 0) window.finished(finished, now)
            expect(window.highWaterMark).toBeGreaterThanOrEqual(Math.min(2 * concurrency, 4))
            expect(window.highWaterMark).toBeLessThanOrEqual(5_000)
            expect(Number.isInteger(window.highWaterMark)).toBe(true)
          }
        },
      ),
      { numRuns: 500 },
    )
  })
})
