import fc from 'fast-check'
import { expect, it } from 'vitest'
import { CallTable } from '../../packages/patterns/src/request-reply/call-table.ts'
import type { Numbered } from '../../packages/patterns/src/request-reply/call-table.ts'

interface Member extends Numbered<Member> {}

it('finds by its number what a Map finds, whatever comes and goes', () => {
  const step = fc.tuple(fc.constantFrom('add', 'add', 'delete'), fc.nat(50))
  const first = fc.constantFrom(0, 2 ** 31 - 20, 2 ** 40)
  fc.assert(
    fc.property(first, fc.array(step, { maxLength: 200 }), (from, steps) => {
      const table = new CallTable<Member>()
      const twin = new Map<number, Member>()
      let id = from
      for (const [what, pick] of steps) {
        const member =
          what === 'add' ? { id: (id += 1 + (pick & 7)), behind: undefined } : [...twin.values()][pick]
        if (member === undefined) continue
        if (what === 'add') {
          table.add(member)
          twin.set(member.id, member)
        } else {
          expect([table.delete(member), table.delete(member)]).toEqual([true, false])
          twin.delete(member.id)
          expect(table.get(member.id)).toBeUndefined()
        }
        expect(table.size).toBe(twin.size)
        expect(table.all()).toEqual([...twin.values()])
        for (const one of twin.values()) expect(table.get(one.id)).toBe(one)
      }
    }),
  )
})

it('finds nothing by a number that no call can have', () => {
  const table = new CallTable<Member>()
  table.add({ id: 1, behind: undefined })
  expect([table.get(1n), table.get(0.5), table.get(9)]).toEqual([undefined, undefined, undefined])
})
