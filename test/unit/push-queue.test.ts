import { EncodeError, PackedBatchBuilder } from '@sluice/core'
import type { Outcome, Ticket } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { PushQueue } from '../../packages/patterns/src/fire-and-forget/push-queue.ts'

const newQueue = (): PushQueue => new PushQueue(() => new PackedBatchBuilder(), Infinity)

const settled: [string, Outcome][] = []
const ticket = (name: string): Ticket => ({ settle: (outcome) => void settled.push([name, outcome]) })

/** Everything in it, as values and headers. */
function contents(queue: PushQueue): unknown[][] {
  queue.seal()
  const all: unknown[][] = []
  for (let letter = queue.peek(1); letter !== undefined; letter = queue.peek(1)) {
    all.push([letter.batch.values()[0], letter.headers?.values()[0]])
    queue.remove(1)
  }
  return all
}

describe('a push queue', () => {
  it('gives messages out in order, in slices of any size', () => {
    const queue = newQueue()
    for (let n = 0; n < 5; n++) queue.push(n, undefined, undefined)
    expect(queue.peek(10)).toBeUndefined()
    queue.seal()
    queue.push(5, undefined, undefined)
    expect([queue.length, queue.gathering]).toEqual([6, 1])
    expect(queue.peek(2)?.batch.values()).toEqual([0, 1])
    queue.remove(2)
    expect(queue.peek(10)?.batch.values()).toEqual([2, 3, 4])
    queue.remove(3)
    expect(queue.peek(10)).toBeUndefined()
    queue.seal()
    expect(queue.peek(10)?.batch.values()).toEqual([5])
  })

  it('gives back the tickets of what leaves, in order', () => {
    const queue = newQueue()
    const tickets = ['a', 'b'].map(ticket)
    queue.push(0, undefined, undefined)
    for (const one of tickets) queue.push(1, undefined, one)
    queue.push(2, undefined, undefined)
    queue.seal()
    expect(queue.remove(2)).toEqual([undefined, tickets[0]])
    expect([...queue.clear()]).toEqual([{ count: 2, tickets: [tickets[1], undefined] }])
    expect(queue.length).toBe(0)
  })

  it('keeps headers beside their messages, and nil beside the others', () => {
    const queue = newQueue()
    queue.push('a', undefined, undefined)
    queue.push('b', { id: 'b' }, undefined)
    queue.push('c', undefined, undefined)
    queue.seal()
    queue.push('d', undefined, undefined)
    expect(contents(queue)).toEqual([
      ['a', null],
      ['b', { id: 'b' }],
      ['c', null],
      ['d', undefined],
    ])
  })

  it('stays as it was when a message or its headers cannot travel', () => {
    const queue = newQueue()
    const bad = (): void => {}
    queue.push('a', { id: 'a' }, undefined)
    expect(() => queue.push(bad, undefined, undefined)).toThrow(EncodeError)
    expect(() => queue.push(bad, { id: 'x' }, undefined)).toThrow(EncodeError)
    expect(() => queue.push('y', { id: bad }, undefined)).toThrow(EncodeError)
    queue.push('b', { id: 'b' }, undefined)
    expect(queue.length).toBe(2)
    expect(contents(queue)).toEqual([
      ['a', { id: 'a' }],
      ['b', { id: 'b' }],
    ])
    expect(() => queue.push(bad, { id: 'x' }, undefined)).toThrow(EncodeError)
    expect([...queue.clear()]).toEqual([])
  })
})
