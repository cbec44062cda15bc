import { OverflowQueue } from '@sluice/core'
import type { Overflow } from '@sluice/core'
import { describe, expect, it } from 'vitest'

function full(overflow: Overflow): OverflowQueue<number> {
  const queue = new OverflowQueue<number>(2, overflow)
  expect(queue.offer(1)).toEqual({ taken: true, dropped: undefined })
  expect(queue.offer(2)).toEqual({ taken: true, dropped: undefined })
  expect(queue.room).toBe(0)
  return queue
}

describe('a full queue', () => {
  it.each(['suspend', 'reject'] as const)('takes nothing and drops nothing under %s', (overflow) => {
    const queue = full(overflow)
    expect(queue.offer(3)).toEqual({ taken: false, dropped: undefined })
    expect(queue.clear()).toEqual([1, 2])
  })

  it('loses the value that came under drop-newest', () => {
    const queue = full('drop-newest')
    expect(queue.offer(3)).toEqual({ taken: false, dropped: 3 })
    expect(queue.clear()).toEqual([1, 2])
  })

  it('loses the value that waited longest under drop-oldest', () => {
    const queue = full('drop-oldest')
    expect(queue.offer(3)).toEqual({ taken: true, dropped: 1 })
    expect(queue.clear()).toEqual([2, 3])
  })
})

describe('a queue', () => {
  it('gives values out in order, and takes one back at the front over its bound', () => {
    const queue = full('reject')
    expect(queue.first()).toBe(1)
    expect(queue.shift()).toBe(1)
    expect(queue.offer(3).taken).toBe(true)
    queue.restore(1)
    expect(queue.length).toBe(3)
    expect(queue.room).toBe(0)
    expect([queue.shift(), queue.shift(), queue.shift(), queue.shift()]).toEqual([1, 2, 3, undefined])
  })

  it('keeps nothing when it has no room at all', () => {
    const queue = new OverflowQueue<string>(0, 'drop-newest')
    expect(queue.offer('a')).toEqual({ taken: false, dropped: 'a' })
    expect(queue.length).toBe(0)
  })
})
