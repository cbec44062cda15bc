/** A replier's books against a naive twin: every request is answered once, turned away once, or called off. */
import { ValueBatchBuilder } from '@sluice/core'
import type { Delivery, Peer } from '@sluice/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ReplierSession } from '../../packages/patterns/src/request-reply/replier-session.ts'

const window = 3
const highWaterMark = 4

class World {
  readonly answered = new Map<number, number>()
  readonly asked: number[] = []
  readonly lost = new Set<number>()
  readonly peers: Peer[] = []
  readonly session: ReplierSession
  readonly handed: { readonly delivery: Delivery; readonly index: number }[] = []
  readonly #of = new Map<number, Peer>()

  constructor() {
    this.session = new ReplierSession(
      {
        window,
        highWaterMark,
        maxBatchMessages: 2,
        maxBufferedBytes: 2 ** 30,
        maxBatchBytes: 1e9,
        maxMessageBytes: 1e9,
        senders: undefined,
      },
      {
        deliver: (delivery) => delivery.values.forEach((_, index) => this.handed.push({ delivery, index })),
        gathered: () => {},
        changed: () => {},
      },
    )
    this.session.read(true)
  }

  up(): void {
    const peer: Peer = { label: 'requester' }
    this.peers.push(peer)
    this.session.up(
      peer,
      {
        builder: () => new ValueBatchBuilder(),
        send: (to, packet) => {
          if (packet.type !== 'reply') return
          for (const id of packet.ids ?? []) {
            if (this.#of.get(Number(id)) !== to) throw new Error('answered to another requester')
            this.answered.set(Number(id), (this.answered.get(Number(id)) ?? 0) + 1)
          }
        },
      },
      false,
    )
  }

  ask(at: number, count: number): void {
    const peer = this.peers[at % Math.max(1, this.peers.length)]
    if (peer === undefined) return
    const ids = Array.from({ length: count }, (_, n) => this.asked.length + n)
    const builder = new ValueBatchBuilder()
    for (const id of ids) {
      this.asked.push(id)
      this.#of.set(id, peer)
      builder.append(id)
    }
    this.session.packet(peer, {
      type: 'request',
      ids,
      opaque: undefined,
      batch: builder.take(),
      headers: undefined,
      error: undefined,
      compact: false,
    })
  }

  cancel(at: number): void {
    const id = this.asked[at % Math.max(1, this.asked.length)]
    const peer = id === undefined ? undefined : this.#of.get(id)
    if (id === undefined || peer === undefined || !this.peers.includes(peer)) return
    // A reply that is gathered already goes out all the same.
    this.session.flush()
    if (!this.answered.has(id)) this.lost.add(id)
    this.session.packet(peer, { type: 'cancel', ids: [id] })
  }

  down(at: number): void {
    const [peer] = this.peers.splice(at % Math.max(1, this.peers.length), 1)
    if (peer === undefined) return
    this.session.flush()
    for (const [id, of] of this.#of) if (of === peer && !this.answered.has(id)) this.lost.add(id)
    this.session.down(peer)
  }

  settle(at: number, outcome: 'delivered' | 'failed' | 'deadLettered'): void {
    const [one] = this.handed.splice(at % Math.max(1, this.handed.length), 1)
    one?.delivery.settle(one.index, outcome, outcome === 'delivered' ? undefined : new Error('no'), 'yes')
  }
}

type Step = (world: World) => void
const index = fc.nat(40)
const outcome = fc.constantFrom('delivered' as const, 'failed' as const, 'deadLettered' as const)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 2, arbitrary: fc.constant<Step>((world) => world.up()) },
  {
    weight: 6,
    arbitrary: fc.tuple(index, fc.integer({ min: 1, max: 5 })).map(
      ([at, n]): Step =>
        (world) =>
          world.ask(at, n),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(index, outcome).map(
      ([at, how]): Step =>
        (world) =>
          world.settle(at, how),
    ),
  },
  {
    weight: 2,
    arbitrary: index.map(
      (at): Step =>
        (world) =>
          world.cancel(at),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (at): Step =>
        (world) =>
          world.down(at),
    ),
  },
  {
    weight: 1,
    arbitrary: fc.boolean().map(
      (reading): Step =>
        (world) =>
          world.session.read(reading),
    ),
  },
)

describe('a replier', () => {
  it('answers every request exactly once, unless nobody waits for it, within its bounds', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new World()
        for (const take of steps) {
          take(world)
          const { received, delivered, deadLettered, failed, dropped, held } = world.session.stats()
          expect(received).toBe(world.asked.length)
          expect(delivered + deadLettered + failed + dropped + held).toBe(received)
          expect(world.handed.length).toBeLessThanOrEqual(window)
          expect(held).toBeLessThanOrEqual(window + highWaterMark)
        }
        world.session.read(true)
        while (world.handed.length > 0) world.settle(0, 'delivered')
        world.session.flush()
        expect(world.session.stats().held).toBe(0)
        for (const id of world.asked) expect(world.answered.get(id) ?? 0).toBe(world.lost.has(id) ? 0 : 1)
      }),
      { numRuns: 500 },
    )
  })
})
