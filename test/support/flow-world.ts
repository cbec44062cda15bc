/** Both windows of a session in a small world, beside a naive twin of each. */
import { strict as assert } from 'node:assert'
import { ReceiverWindow, SenderWindow } from '@sluice/core'
import type { Finished } from '@sluice/core'
import * as fc from 'fast-check'

/** A step of the world: what happens is `kind`, and `pick` chooses among what it could happen to. */
export interface Step {
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
export const step: fc.Arbitrary<Step> = fc.record({
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
export class World {
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
    assert.equal(first, this.sent.length)
    const ids = this.pending.splice(0, count)
    this.sent.push(...ids)
    this.data.push({ epoch: this.epoch, first, ids })
  }

  arrive(): void {
    const data = this.data.shift()
    if (data === undefined || data.epoch !== this.epoch) return
    assert.equal(this.receiver.receive(data.first, data.ids.length), true)
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
    assert.equal(this.receiver.finish(sequence, last), last - sequence + 1)
    assert.equal(this.receiver.finish(sequence, last), 0)
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
        assert.equal(this.acked.has(sequence), false)
        this.acked.add(sequence)
        const id = this.sent[sequence]
        assert.equal(this.ended.has(id!), false)
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
    assert.equal(this.sender.inFlight, inFlight)
    assert.equal(this.sender.credit, Math.max(0, this.sender.highWaterMark - inFlight))
    assert.equal(this.receiver.held, this.held.size)
    assert.ok(this.held.size <= this.widest)
    assert.equal(this.pending.length + inFlight + this.ended.size, this.offered)
    assert.ok(this.sender.next <= this.receiver.limit)
  }

  /** The world calms down: everything that can happen does, until nothing more does. */
  heal(): void {
    this.announcing = 4
    for (let round = 0; this.ended.size < this.offered; round++) {
      assert.ok(round < 10_000)
      this.ack(0)
      while (this.acks.length > 0) this.take(1)
      this.send(4)
      while (this.data.length > 0) this.arrive()
      while (this.held.size > 0) this.finish(0)
      this.check()
    }
  }
}
