import { ProtocolError, SenderWindow } from '@sluice/core'
import { describe, expect, it } from 'vitest'

function windowOf(mark: number, sent: number): SenderWindow {
  const window = new SenderWindow()
  window.announced(mark)
  window.sent(sent)
  return window
}

describe("a sender's window", () => {
  it('has no credit before a mark was announced', () => {
    expect(new SenderWindow().credit).toBe(0)
  })

  it('spends credit by sending and gets it back by acks', () => {
    const window = windowOf(10, 7)
    expect(window.credit).toBe(3)
    expect(window.ack(0, 3)).toEqual([[0, 3]])
    expect(window.credit).toBe(7)
    expect(window.inFlight).toBe(3)
    expect(window.acked).toBe(4)
  })

  it('takes acks out of order, and gives credit for them at once', () => {
    const window = windowOf(4, 4)
    expect(window.ack(2, 3)).toEqual([[2, 3]])
    expect(window.credit).toBe(2)
    expect(window.acked).toBe(0)
    expect(window.ack(0, 1)).toEqual([[0, 1]])
    expect(window.acked).toBe(4)
  })

  it('settles nothing twice', () => {
    const window = windowOf(10, 10)
    window.ack(0, 4)
    expect(window.ack(0, 4)).toEqual([])
    expect(window.ack(2, 6)).toEqual([[5, 6]])
    window.ack(8, 8)
    expect(window.ack(6, 9)).toEqual([
      [7, 7],
      [9, 9],
    ])
    expect(window.inFlight).toBe(0)
  })

  it('refuses an ack of what was never sent', () => {
    const window = windowOf(10, 3)
    expect(() => window.ack(0, 3)).toThrow(ProtocolError)
    expect(() => window.ack(2, 1)).toThrow(/BP-8/)
    expect(window.inFlight).toBe(3)
  })

  it('has no negative credit when the mark falls below what is in flight', () => {
    const window = windowOf(10, 8)
    window.announced(2)
    expect(window.credit).toBe(0)
    window.ack(0, 6)
    expect(window.credit).toBe(1)
  })

  it('keeps the newest mark when acks come out of order', () => {
    const window = new SenderWindow()
    window.announced(8, 2)
    window.announced(100, 1)
    expect(window.highWaterMark).toBe(8)
  })

  it('names what is unacked, for sending it again', () => {
    const window = windowOf(10, 10)
    window.ack(0, 1)
    window.ack(4, 5)
    expect(window.unacked()).toEqual([
      [2, 3],
      [6, 9],
    ])
  })
})
