/** The judge of `npm run chaos`, shown logs in which something is wrong. */
import { describe, expect, it } from 'vitest'
import { check, falselyAcked, handledWithin, longestGapMs } from '../../chaos/harness/check.ts'
import { growing } from '../../chaos/harness/flat.ts'
import { parseHandled, wholeLines } from '../../chaos/harness/record.ts'
import type { Handled } from '../../chaos/harness/record.ts'

const record = (n: number, marked = false, at = n, by = 'a#1'): Handled => ({ n, marked, by, at })
const whole = [0, 1, 2, 3].map((n) => record(n))

describe('the checker of handled messages', () => {
  it('finds nothing wrong where each message was handled once', () => {
    const verdict = check(whole, { sent: 4, mostDuplicates: 0, key: () => 'all' })
    expect(verdict).toMatchObject({ handled: 4, lost: 0, duplicates: 0, inversions: 0, broken: [] })
  })

  it('takes a marked duplicate within the bound, whichever of the two came first', () => {
    for (const twice of [
      [record(0), record(0, true)],
      [record(0, true), record(0)],
    ]) {
      expect(check(twice, { sent: 1, mostDuplicates: 1 })).toMatchObject({ duplicates: 1, broken: [] })
    }
  })

  it.each([
    ['a message lost', whole.slice(1), 'lost 1: 0'],
    ['all messages lost', [], 'lost 4: 0'],
    ['a duplicate that no fault explains', [...whole, record(3, true), record(2, true)], '2 duplicates'],
    ['a duplicate without its mark', [...whole, record(3)], '1 duplicates came unmarked'],
    ['a message that nobody sent', [...whole, record(9)], '1 messages came that nobody sent'],
    ['a message after a later one', [0, 2, 1, 3].map((n) => record(n)), '1 messages came after later ones'],
  ])('finds %s', (_, records, says) => {
    const { broken } = check(records, { sent: 4, mostDuplicates: 1, key: () => 'all' })
    expect(broken).toHaveLength(1)
    expect(broken[0]).toContain(says)
  })

  it('looks at the order of each key alone, and not at what comes again', () => {
    const key = (n: number): number => n % 2
    const records = [1, 0, 3, 2].map((n) => record(n))
    expect(check([...records, record(1, true)], { sent: 4, mostDuplicates: 1, key }).inversions).toBe(0)
  })

  it('lets duplicates go unmarked where their sender could not know', () => {
    expect(check([record(0), record(0)], { sent: 1, mostDuplicates: 1, marked: false }).broken).toEqual([])
  })

  it('finds an ack of what nobody has handled', () => {
    expect(falselyAcked([0, 1], whole)).toEqual([])
    expect(falselyAcked([0, 7], whole)).toEqual([7])
  })

  it('finds how long nothing was handled, and how much within a time and by whom', () => {
    const records = [record(0, false, 10), record(1, false, 300, 'b#2'), record(2, false, 310)]
    expect(longestGapMs(records)).toBe(290)
    expect(handledWithin(records, [10, 310], () => true)).toBe(2)
    expect(handledWithin(records, [10, 310], (by) => by === 'b#2')).toBe(1)
  })
})

describe('what must stay flat', () => {
  const held = { descriptors: 30, sockets: 1, resources: 1, heapBytes: 2 ** 24, rssBytes: 2 ** 27 }
  const over = (figure: keyof typeof held, each: number) =>
    Array.from({ length: 20 }, (_, at) => ({ ...held, [figure]: held[figure] + at * each }))

  it('may wobble', () => {
    const wobbling = Array.from({ length: 20 }, (_, at) => ({ ...held, descriptors: 30 + (at % 3) }))
    expect(growing(wobbling)).toEqual([])
  })

  it.each([
    ['descriptors', 1],
    ['sockets', 1],
    ['resources', 1],
    ['heapBytes', 2 ** 20],
    ['rssBytes', 2 ** 21],
  ] as const)('is seen to grow: %s', (figure, each) => {
    expect(growing(over(figure, each))).toEqual([expect.stringMatching(new RegExp(`^${figure} grew from`))])
  })
})

describe('a log', () => {
  it('is read in its order', () => {
    expect(parseHandled('4 first a#1 10.5\n3 again b#2 11\n')).toEqual([
      { n: 4, marked: false, by: 'a#1', at: 10.5 },
      { n: 3, marked: true, by: 'b#2', at: 11 },
    ])
    expect(parseHandled('')).toEqual([])
  })

  it('that is being written is read as far as its lines are whole', () => {
    expect(wholeLines('4 first a#1 10\n5 fir')).toBe('4 first a#1 10\n')
    expect(wholeLines('4 fir')).toBe('')
  })

  it.each([
    ['is cut', '4 first a#1 10\n5 fir', /ends in the middle/],
    ['has another line in it', '4 first a#1 10\nnonsense\n', /line 2 of the log is no record: 'nonsense'/],
  ])('that %s is refused', (_, text, says) => {
    expect(() => parseHandled(text)).toThrow(says)
  })
})
