import { ReceiverWindow } from '@sluice/core'
import { describe, expect, it } from 'vitest'

function windowOf(mark: number, received = 0): ReceiverWindow {
  const window = new ReceiverWindow()
  window.announce(mark)
  if (received > 0) window.receive(0, received)
  return window
}

describe("a receiver's window", () => {
  it('takes as many as it announced', () => {
    const window = windowOf(4, 4)
    expect(window.held).toBe(4)
    expect(window.exhausted).toBe(true)
  })

  it('refuses what is beyond the window', () => {
    expect(() => windowOf(4).receive(0, 5)).toThrow(/BP-5/)
  })

  it('refuses a gap, and one that the sender tells of', () => {
    const window = windowOf(10, 2)
    expect(() => window.receive(3, 1)).toThrow(/BP-5/)
    expect(() => window.confirm(3)).toThrow(/BP-5/)
    expect(() => window.confirm(2)).not.toThrow()
  })

  it('discards what came before', () => {
    const window = windowOf(10, 2)
    expect(window.receive(0, 2)).toBe(false)
    expect(window.held).toBe(2)
  })

  it('does not punish what was sent under a larger mark', () => {
    const window = windowOf(8, 2)
    window.announce(1)
    expect(window.limit).toBe(8)
    expect(() => window.receive(2, 6)).not.toThrow()
    expect(() => window.receive(8, 1)).toThrow(/BP-5/)
  })

  it('moves the limit with what is settled, in any order', () => {
    const window = windowOf(4, 4)
    window.finish(2, 3)
    window.announce(4)
    expect(window.limit).toBe(6)
  })

  it('acks each message once, in ranges', () => {
    const window = windowOf(10, 10)
    window.finish(0, 2)
    window.finish(5, 5)
    expect(window.news()).toEqual({
      ranges: [
        [0, 2],
        [5, 5],
      ],
      rejected: [],
    })
    expect(window.news()).toBeUndefined()
    window.finish(3, 4)
    expect(window.news()).toEqual({ ranges: [[3, 4]], rejected: [] })
  })

  it('says everything again when asked', () => {
    const window = windowOf(10, 6)
    window.finish(0, 1)
    window.reject({ first: 2, last: 2, code: 'failed', message: 'no' })
    window.finish(3, 3)
    window.news()
    expect(window.all()).toEqual({
      ranges: [
        [0, 1],
        [3, 3],
      ],
      rejected: [{ first: 2, last: 2, code: 'failed', message: 'no' }],
    })
  })

  it('does not stay in pieces for ever when messages are rejected again and again', () => {
    const window = windowOf(4)
    for (let sequence = 0; sequence < 2_000; sequence += 2) {
      window.receive(sequence, 2)
      window.finish(sequence, sequence)
      window.reject({ first: sequence + 1, last: sequence + 1, code: 'failed', message: 'no' })
      window.news()
      window.announce(4)
    }
    const { ranges, rejected } = window.all()
    expect(ranges.length).toBeLessThan(260)
    expect(rejected.length).toBeLessThan(260)
  })

  it('repeats a rejection however far the sender has gone on since, as the ack that said it may be lost', () => {
    const window = windowOf(4)
    window.receive(0, 1)
    window.reject({ first: 0, last: 0, code: 'failed', message: 'no' })
    window.news()
    for (let sequence = 1; sequence < 100; sequence++) {
      window.announce(4)
      window.receive(sequence, 1)
      window.finish(sequence, sequence)
      window.news()
    }
    expect(window.all().rejected).toHaveLength(1)
    expect(window.all().ranges).toEqual([[1, 99]])
  })
})
