/** Both sessions of a backpressure link on a network that loses, delays and cuts, with a clock that is told. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { InFlightWorld } from '../support/session-world.ts'
import type { Event } from '../support/session-world.ts'

const event: fc.Arbitrary<Event> = fc.record({
  kind: fc.oneof(
    {
      weight: 20,
      arbitrary: fc.constantFrom<Event['kind'][]>('send', 'deliver', 'return', 'finish', 'ack', 'tick'),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom<Event['kind'][]>(
        'losePacket',
        'loseReturn',
        'late',
        'pause',
        'reject',
        'noise',
      ),
    },
    { weight: 1, arbitrary: fc.constantFrom<Event['kind'][]>('cut', 'flow', 'flow', 'flow') },
  ),
  pick: fc.nat(1_000),
})

describe.each([
  { connects: 'sender', mark: 5 },
  { connects: 'receiver', mark: 5 },
  { connects: 'sender', mark: 'auto' },
  { connects: 'receiver', mark: 1 },
] as const)('a session that the $connects begins, with a mark of $mark', ({ connects, mark }) => {
  it('settles every message in bounded time once the network calms down, and none twice', () => {
    fc.assert(
      fc.property(fc.array(event, { minLength: 60, maxLength: 400 }), (events) => {
        const world = new InFlightWorld(connects, mark)
        for (const one of events) world.do(one)
        world.heal()
        expect(world.settled.size).toBe(world.offered)
        expect(world.pending).toEqual([])
        expect(world.handed.length).toBeLessThanOrEqual(world.offered + world.returned)
      }),
      { numRuns: 300 },
    )
  })
})
