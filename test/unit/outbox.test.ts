import { EncodeError, PackedBatchBuilder } from '@sluice/core'
import type { Outcome, Ticket } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { Outbox } from '../../packages/patterns/src/fire-and-forget/outbox.ts'

const newOutbox = (): Outbox => new Outbox(() => new PackedBatchBuilder(), Infinity)

const settled: [string, Outcome][] = []
const ticket = (name: string): Ticket => ({ settle: (outcome) => void settled.push([name, outcome]) })

/** Everything in it, as values and headers. */
function contents(outbox: Outbox): unknown[][] {
  outbox.seal()
  const all: unknown[][] = []
  for (let letter = outbox.peek(1); letter !== undefined; letter = outbox.peek(1)) {
    all.push([letter.batch.values()[0], letter.headers?.values()[0]])
    outbox.remove(1)
  }
  return all
}

describe('an outbox', () => {
  it('gives messages out in order, in slices of any size', () => {
    const outbox = newOutbox()
    for (let n = 0; n < 5; n++) outbox.push(n, undefined, undefined)
    expect(outbox.peek(10)).toBeUndefined()
    outbox.seal()
    outbox.push(5, undefined, undefined)
    expect([outbox.length, outbox.gathering]).toEqual([6, 1])
    expect(outbox.peek(2)?.batch.values()).toEqual([0, 1])
    outbox.remove(2)
    expect(outbox.peek(10)?.batch.values()).toEqual([2, 3, 4])
    outbox.remove(3)
    expect(outbox.peek(10)).toBeUndefined()
    outbox.seal()
    expect(outbox.peek(10)?.batch.values()).toEqual([5])
  })

  it('gives back the tickets of what leaves, in order', () => {
    const outbox = newOutbox()
    const tickets = ['a', 'b'].map(ticket)
    outbox.push(0, undefined, undefined)
    for (const one of tickets) outbox.push(1, undefined, one)
    outbox.push(2, undefined, undefined)
    outbox.seal()
    expect(outbox.remove(2)).toEqual([undefined, tickets[0]])
    expect([...outbox.clear()]).toEqual([{ count: 2, tickets: [tickets[1], undefined] }])
    expect(outbox.length).toBe(0)
  })

  it('keeps headers beside their messages, and nil beside the others', () => {
    const outbox = newOutbox()
    outbox.push('a', undefined, undefined)
    outbox.push('b', { id: 'b' }, undefined)
    outbox.push('c', undefined, undefined)
    outbox.seal()
    outbox.push('d', undefined, undefined)
    expect(contents(outbox)).toEqual([
      ['a', null],
      ['b', { id: 'b' }],
      ['c', null],
      ['d', undefined],
    ])
  })

  it('stays as it was when a message or its headers cannot travel', () => {
    const outbox = newOutbox()
    const bad = (): void => {}
    outbox.push('a', { id: 'a' }, undefined)
    expect(() => outbox.push(bad, undefined, undefined)).toThrow(EncodeError)
    expect(() => outbox.push(bad, { id: 'x' }, undefined)).toThrow(EncodeError)
    expect(() => outbox.push('y', { id: bad }, undefined)).toThrow(EncodeError)
    outbox.push('b', { id: 'b' }, undefined)
    expect(outbox.length).toBe(2)
    expect(contents(outbox)).toEqual([
      ['a', { id: 'a' }],
      ['b', { id: 'b' }],
    ])
    expect(() => outbox.push(bad, { id: 'x' }, undefined)).toThrow(EncodeError)
    expect([...outbox.clear()]).toEqual([])
  })
})
