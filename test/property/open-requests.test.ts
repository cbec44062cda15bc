import fc from 'fast-check'
import { expect, it } from 'vitest'
import { OpenRequests } from '../../packages/patterns/src/request-reply/open-requests.ts'
import type { Cancellable } from '../../packages/patterns/src/request-reply/open-requests.ts'

it('has what was put in and not taken out, and finds all of a number', () => {
  const step = fc.tuple(fc.constantFrom('add', 'add', 'remove'), fc.nat(50))
  fc.assert(
    fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const open = new OpenRequests<Cancellable>()
      const twin = new Set<Cancellable>()
      for (const [what, pick] of steps) {
        const request = what === 'add' ? { id: pick & 7, place: -1 } : [...twin][pick]
        if (request === undefined) continue
        if (what === 'add') {
          open.add(request)
          twin.add(request)
        } else {
          open.remove(request)
          open.remove(request)
          twin.delete(request)
        }
        expect(new Set(open.all())).toEqual(twin)
        const named = [...twin].filter(({ id }) => id === 3 || id === 5)
        expect(new Set(open.named([3, 5]))).toEqual(new Set(named))
      }
    }),
  )
})
