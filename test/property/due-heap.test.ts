import fc from 'fast-check'
import { expect, it } from 'vitest'
import { DueHeap } from '../../packages/patterns/src/request-reply/due-heap.ts'
import type { Due } from '../../packages/patterns/src/request-reply/due-heap.ts'

it('gives first what a sorted list gives first, whatever is set, moved and removed', () => {
  const step = fc.tuple(fc.constantFrom('set', 'move', 'remove'), fc.nat(50), fc.nat(100))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const heap = new DueHeap<Due>()
      const twin: Due[] = []
      for (const [what, pick, due] of steps) {
        const member = what === 'set' ? { due: 0, place: -1 } : twin[pick % Math.max(1, twin.length)]
        if (member === undefined) continue
        if (what === 'remove') {
          heap.remove(member)
          heap.remove(member)
          twin.splice(twin.indexOf(member), 1)
        } else {
          heap.set(member, due)
          if (what === 'set') twin.push(member)
        }
        expect(heap.size).toBe(twin.length)
        expect(heap.first()?.due).toBe(twin.map((one) => one.due).toSorted((a, b) => a - b)[0])
      }
    }),
  )
})
