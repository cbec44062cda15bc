import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Ranking } from '../../packages/patterns/src/backpressure/ranking.ts'

describe('the ranking of receivers', () => {
  it('knows the largest, the next and how many have any, whatever changes', () => {
    const change = fc.record({
      kind: fc.constantFrom('add', 'remove', 'move', 'move', 'move'),
      pick: fc.nat(1_000),
      credit: fc.nat(9),
    })
    fc.assert(
      fc.property(fc.array(change, { maxLength: 200 }), (changes) => {
        const ranking = new Ranking<{ credit: number }>()
        const twin: { credit: number }[] = []
        for (const { kind, pick, credit } of changes) {
          const one = twin[pick % Math.max(1, twin.length)]
          if (kind === 'add') {
            const added = { credit }
            twin.push(added)
            ranking.add(added)
          } else if (one !== undefined && kind === 'move') {
            one.credit = credit
            ranking.moved(one)
          } else if (one !== undefined) {
            twin.splice(twin.indexOf(one), 1)
            ranking.remove(one)
          }
          const sorted = twin.map((each) => each.credit).toSorted((a, b) => b - a)
          expect(ranking.first?.credit).toBe(sorted[0])
          expect(ranking.second).toBe(sorted[1] ?? 0)
          expect(ranking.open).toBe(sorted.filter((each) => each > 0).length)
          expect([...ranking]).toHaveLength(twin.length)
        }
      }),
      { numRuns: 300 },
    )
  })

  it('takes no note of what it does not have', () => {
    const ranking = new Ranking<{ credit: number }>()
    const stranger = { credit: 3 }
    ranking.moved(stranger)
    ranking.remove(stranger)
    expect(ranking.first).toBeUndefined()
  })
})
