import { RangeSet } from '@sluice/core'
import { describe, expect, it } from 'vitest'

describe('a set of ranges', () => {
  it('joins ranges that touch', () => {
    const set = new RangeSet()
    set.add(0, 4)
    set.add(5, 9)
    expect(set.ranges()).toEqual([[0, 9]])
    expect(set.count).toBe(10)
  })

  it('keeps ranges with a gap apart and joins them when it is filled', () => {
    const set = new RangeSet()
    set.add(0, 1)
    set.add(4, 5)
    expect(set.ranges()).toEqual([
      [0, 1],
      [4, 5],
    ])
    expect(set.add(2, 3)).toBe(2)
    expect(set.ranges()).toEqual([[0, 5]])
  })

  it('counts only what is new', () => {
    const set = new RangeSet()
    set.add(10, 19)
    expect(set.add(5, 24)).toBe(10)
    expect(set.add(5, 24)).toBe(0)
    expect(set.count).toBe(20)
  })

  it('adds in front of what it has', () => {
    const set = new RangeSet()
    set.add(10, 12)
    set.add(3, 3)
    expect(set.ranges()).toEqual([
      [3, 3],
      [10, 12],
    ])
    expect(set.first()).toEqual([3, 3])
  })

  it('names the parts of a range that are missing', () => {
    const set = new RangeSet()
    set.add(2, 3)
    set.add(6, 6)
    expect(set.missing(0, 9)).toEqual([
      [0, 1],
      [4, 5],
      [7, 9],
    ])
    expect(set.missing(2, 3)).toEqual([])
  })

  it('forgets what is below a number, in the middle of a range too', () => {
    const set = new RangeSet()
    set.add(0, 4)
    set.add(8, 11)
    set.removeBelow(10)
    expect(set.ranges()).toEqual([[10, 11]])
    expect(set.count).toBe(2)
    expect(set.has(9)).toBe(false)
    expect(set.has(10)).toBe(true)
  })
})
