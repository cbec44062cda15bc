/** A requester's books against a naive twin that only writes down what it sees. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AskingWorld, inFlight, retries, timeoutMs } from '../support/asking-world.ts'

type Step = (world: AskingWorld) => void

const index = fc.nat(30)
const how = fc.constantFrom(
  'well' as const,
  'well' as const,
  'failed' as const,
  'full' as const,
  'unreadable' as const,
)

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Step>((world) => world.submit()) },
  { weight: 2, arbitrary: fc.constant<Step>((world) => world.up()) },
  {
    weight: 1,
    arbitrary: index.map(
      (at): Step =>
        (world) =>
          world.down(at),
    ),
  },
  {
    weight: 2,
    arbitrary: index.map(
      (at): Step =>
        (world) =>
          world.announce(at),
    ),
  },
  {
    weight: 8,
    arbitrary: fc.tuple(index, how).map(
      ([at, way]): Step =>
        (world) =>
          world.answer(at, way),
    ),
  },
  {
    weight: 1,
    arbitrary: index.map(
      (at): Step =>
        (world) =>
          world.cancel(at),
    ),
  },
  {
    weight: 2,
    arbitrary: fc.nat(timeoutMs).map(
      (ms): Step =>
        (world) =>
          world.pass(ms),
    ),
  },
  { weight: 6, arbitrary: fc.constant<Step>((world) => void world.session.flush()) },
)

/** What holds after every step. */
function expectSound(world: AskingWorld): void {
  const { session, open, peers } = world
  expect(session.outstanding).toBe(open.length)
  expect(session.inFlight).toBeLessThanOrEqual(inFlight * peers.length)
  const loads = [...session.repliers].map(({ load }) => load)
  expect(loads.reduce((sum, load) => sum + load, 0)).toBe(session.inFlight)
  for (const load of loads) expect(load).toBeLessThanOrEqual(inFlight)
  for (const { ends } of world.told) expect(ends.length).toBeLessThanOrEqual(1)
}

/** Nothing waits while somebody has room. */
function expectBusy(world: AskingWorld): void {
  const room = [...world.session.repliers].some((replier) => world.session.repliers.room(replier) > 0)
  const pending = world.session.outstanding - world.session.inFlight
  const resting = world.told.some(({ rests }) => rests > 0)
  if (room && !resting) expect(pending).toBe(0)
}

describe('a requester', () => {
  it('ends every request exactly once, whatever repliers, time and callers do', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const world = new AskingWorld()
        for (const take of steps) {
          take(world)
          expectSound(world)
          world.session.flush()
          expectBusy(world)
        }
        // Nobody answers any more: patience is all that is left.
        for (let n = 0; n <= retries; n++) {
          world.pass(timeoutMs + 1)
          world.session.flush()
          expectSound(world)
        }
        expect(world.open).toEqual([])
        expect(world.session.outstanding).toBe(0)
        expect(world.session.inFlight).toBe(0)
        expect(world.session.nextDue).toBe(Infinity)
        for (const { value, ends, cancelled, sent, rests } of world.told) {
          expect(ends).toHaveLength(cancelled ? 0 : 1)
          if (ends[0]?.outcome === 'delivered') expect(ends[0].answer).toBe(value * 2)
          expect(sent).toBeLessThanOrEqual(1 + retries + rests)
        }
      }),
      { numRuns: 500 },
    )
  })

  it('gives new requests to those with the fewest in flight', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 6 }), fc.nat(30), (repliers, requests) => {
        const world = new AskingWorld()
        for (let n = 0; n < repliers; n++) world.up()
        for (let n = 0; n < requests; n++) world.submit()
        world.session.flush()
        const loads = [...world.session.repliers].map(({ load }) => load)
        expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
        expect(world.session.inFlight).toBe(Math.min(requests, repliers * inFlight))
      }),
    )
  })
})
