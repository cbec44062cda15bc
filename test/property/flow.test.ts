import { AutoWindow, RangeSet } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { step, World } from '../support/flow-world.ts'

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
            window.arrived(count, count, now)
            held += count
            if (exhausted) window.blocked()
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
