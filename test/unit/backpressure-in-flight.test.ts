/** What a session has sent: found again by its numbers, and its memory given back. */
import type { Batch } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { InFlight } from '../../packages/patterns/src/backpressure/in-flight.ts'
import { slice } from '../support/bp-sessions.ts'

/** A batch that counts how often it is released, in a slice. */
function counted(count: number): { slice: ReturnType<typeof slice>; released: () => number } {
  let released = 0
  const batch: Batch = {
    count,
    bytes: count,
    slice: () => batch,
    values: () => [],
    release: () => {
      released++
    },
  }
  return { slice: { ...slice(), batch }, released: () => released }
}

describe('what is in flight', () => {
  it('releases a batch once all of it is acked', () => {
    const inFlight = new InFlight()
    const one = counted(3)
    inFlight.push(0, one.slice)
    inFlight.settle([0, 1], 'delivered', undefined, [])
    expect(one.released()).toBe(0)
    inFlight.settle([2, 2], 'delivered', undefined, [])
    expect(one.released()).toBe(1)
  })

  it('never releases what was sent in a session that is lost: its connection may still be reading it', () => {
    const first = new InFlight()
    const one = counted(2)
    first.push(0, one.slice)
    const [again] = first.takeBack([[0, 1]])
    const second = new InFlight()
    second.push(0, again!)
    second.settle([0, 1], 'delivered', undefined, [])
    expect(one.released()).toBe(0)
  })
})
