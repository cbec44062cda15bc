/** Dispatch by key, with receivers that come, go and finish what they have in any order of turns. */
import { PackedBatchBuilder } from '@sluice/core'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import type { Target } from '../../packages/patterns/src/backpressure/dispatch.ts'
import { Keyed } from '../../packages/patterns/src/backpressure/keyed.ts'
import { cut } from '../../packages/patterns/src/backpressure/slice.ts'
import type { Slice } from '../../packages/patterns/src/backpressure/slice.ts'

const bounds = { maxBatchMessages: 3, maxBatchBytes: 10_000, maxMessageBytes: 10_000 }

/** Finishes its messages in the order in which it got them. */
class Receiver implements Target {
  readonly highWaterMark = 4
  readonly creditBytes = 1_000_000
  #slices: Slice[] = []

  get inFlight(): number {
    return this.#slices.reduce((sum, { batch }) => sum + batch.count, 0)
  }

  get credit(): number {
    return this.highWaterMark - this.inFlight
  }

  get idle(): boolean {
    return this.#slices.length === 0
  }

  send(slice: Slice): void {
    this.#slices.push(slice)
  }

  /** Takes the first message out, to be settled. */
  finish(): { readonly slice: Slice; readonly message: readonly [number, number] } | undefined {
    const slice = this.#slices.shift()
    if (slice === undefined) return undefined
    const { count } = slice.batch
    if (count > 1) this.#slices.unshift(cut(slice, 1, count))
    return { slice, message: slice.batch.values()[0] as [number, number] }
  }

  takeBack(): Slice[] {
    return this.#slices.splice(0)
  }
}

/** What happens around a dispatch, and what was finished of each key. */
class World {
  readonly dispatch = new Keyed(
    ([key]: [number, number]) => String(key),
    () => new PackedBatchBuilder(),
    bounds,
  )
  readonly receivers: Receiver[] = []
  readonly finished: number[][] = [[], [], [], []]
  readonly #offered = [0, 0, 0, 0]
  #order = 0

  get offered(): readonly number[] {
    return this.#offered
  }

  join(): void {
    const receiver = new Receiver()
    this.receivers.push(receiver)
    this.dispatch.join(receiver)
  }

  leave(at: number): void {
    const [receiver] = this.receivers.splice(at % Math.max(1, this.receivers.length), 1)
    if (receiver !== undefined) this.dispatch.leave(receiver, receiver.takeBack())
  }

  /** As a producer does: only while there is credit for it. */
  offer(key: number): boolean {
    const credit = this.receivers.reduce((sum, receiver) => sum + receiver.credit, 0)
    if (this.dispatch.count >= credit) return false
    const n = this.#offered[key] ?? 0
    this.#offered[key] = n + 1
    this.dispatch.append([key, n], undefined, undefined, this.#order++)
    return true
  }

  finish(at: number): void {
    const done = this.receivers[at % Math.max(1, this.receivers.length)]?.finish()
    if (done === undefined) return
    const [key, n] = done.message
    this.finished[key]?.push(n)
    this.dispatch.settled(done.slice, 0, 1)
    this.dispatch.flush()
  }
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(fc.constant('offer' as const), fc.nat(3)) },
  { weight: 6, arbitrary: fc.tuple(fc.constant('finish' as const), fc.nat(9)) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom('join' as const, 'leave' as const), fc.nat(9)) },
)

it('finishes every message of each key once and in order, whoever comes and goes', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), (steps) => {
      const world = new World()
      world.join()
      for (const [what, which] of steps) {
        world[what](which)
        world.dispatch.flush()
      }
      if (world.receivers.length === 0) world.join()
      const left = (): number =>
        world.dispatch.count + world.receivers.reduce((sum, { inFlight }) => sum + inFlight, 0)
      for (let turn = 0; left() > 0 && turn < 5_000; turn++) {
        world.dispatch.flush()
        world.finish(turn)
      }
      const all = world.offered.map((count) => Array.from({ length: count }, (_, n) => n))
      expect(world.finished).toEqual(all)
    }),
    { numRuns: 500 },
  )
})

it('gives a receiver that comes late some of the keys, though each always has messages on the way', () => {
  const world = new World()
  world.join()
  let next = 0
  const offerAll = (): void => {
    for (let accepted = true; accepted;) {
      accepted = world.offer(next % 4)
      if (accepted) next++
    }
    world.dispatch.flush()
  }
  offerAll()
  world.join()
  let late = 0
  for (let turn = 0; turn < 200; turn++) {
    offerAll()
    if ((world.receivers[1]?.inFlight ?? 0) > 0) late++
    world.finish(turn)
  }
  expect(late).toBeGreaterThan(100)
})
