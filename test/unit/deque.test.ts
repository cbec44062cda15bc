import { Deque } from '@sluice/core'
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'

describe('a deque', () => {
  it('behaves as an array does', () => {
    const operation = fc.oneof(
      fc.record({ kind: fc.constantFrom('push' as const, 'unshift' as const), value: fc.nat() }),
      fc.record({ kind: fc.constantFrom('shift' as const, 'pop' as const), value: fc.constant(0) }),
      fc.record({ kind: fc.constant('removeAt' as const), value: fc.nat(20) }),
    )
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 100 }), (operations) => {
        const deque = new Deque<number>()
        const twin: number[] = []
        for (const { kind, value } of operations) {
          if (kind === 'push') deque.push(value)
          if (kind === 'push') twin.push(value)
          if (kind === 'unshift') deque.unshift(value)
          if (kind === 'unshift') twin.unshift(value)
          if (kind === 'shift') expect(deque.shift()).toBe(twin.shift())
          if (kind === 'pop') expect(deque.pop()).toBe(twin.pop())
          if (kind === 'removeAt') expect(deque.removeAt(value)).toBe(twin.splice(value, 1)[0])
          expect([...deque]).toEqual(twin)
          expect(deque.length).toBe(twin.length)
          expect(deque.first()).toBe(twin[0])
          expect(deque.at(1)).toBe(twin[1])
        }
        deque.clear()
        expect(deque.length).toBe(0)
      }),
    )
  })
})
