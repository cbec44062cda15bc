/** Whom a requester asks, when one of those it knows has let it wait. */
import { describe, expect, it } from 'vitest'
import { Repliers } from '../../packages/patterns/src/request-reply/repliers.ts'
import type { KnownReplier } from '../../packages/patterns/src/request-reply/repliers.ts'

function known(count: number, inFlight: number) {
  const repliers = new Repliers(inFlight)
  for (let n = 0; n < count; n++) repliers.add({ label: `${n}` })
  const asked = (avoid?: KnownReplier): string | undefined => {
    const least = repliers.least(avoid)
    if (least !== undefined) repliers.load(least, 1)
    return least?.peer.label
  }
  return { repliers, all: [...repliers], asked }
}

describe('a replier that is overdue', () => {
  it('is asked once at a time, where the others have no room', () => {
    const { repliers, all, asked } = known(2, 2)
    repliers.late(all[0]!)
    expect([asked(), asked(), asked(), asked()]).toEqual(['1', '1', '0', undefined])
  })

  it('is not asked again what it, or another, has let wait', () => {
    const { repliers, all, asked } = known(3, 1)
    repliers.late(all[0]!)
    repliers.late(all[1]!)
    expect([asked(all[0]), asked(all[0]), asked(all[1])]).toEqual(['2', undefined, undefined])
    expect([asked(), asked(), asked()]).toEqual(['0', '1', undefined])
  })

  it('is asked as any other once it has answered in time', () => {
    const { repliers, all, asked } = known(2, 2)
    repliers.late(all[0]!)
    repliers.inTime(all[0]!)
    expect([asked(), asked()]).not.toContain(undefined)
    expect([asked(), asked()]).not.toContain(undefined)
    expect([all[0]!.load, all[1]!.load, asked()]).toEqual([2, 2, undefined])
  })

  it('keeps its count, whichever way it goes', () => {
    const { repliers, all } = known(1, 4)
    const [replier] = all as [KnownReplier]
    repliers.load(replier, 3)
    repliers.late(replier)
    repliers.late(replier)
    repliers.load(replier, -1)
    repliers.inTime(replier)
    repliers.inTime(replier)
    expect([repliers.inFlight, replier.load, repliers.room(replier)]).toEqual([2, 2, 2])
    repliers.late(replier)
    expect(repliers.remove(replier.peer)).toBe(replier)
    expect([repliers.inFlight, repliers.size, repliers.least()]).toEqual([0, 0, undefined])
  })

  it('is asked as before where all are', () => {
    const { repliers, all, asked } = known(2, 2)
    for (const one of all) repliers.late(one)
    expect([asked(all[0]), asked(all[0]), asked(all[0]), asked(all[0]), asked(all[0])]).toEqual([
      '1',
      '1',
      '0',
      '0',
      undefined,
    ])
  })

  it('is not asked in the place of the only sound one', () => {
    const { repliers, all, asked } = known(2, 2)
    repliers.late(all[0]!)
    expect(asked(all[1])).toBe('1')
  })
})
