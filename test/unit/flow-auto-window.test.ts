import { AutoWindow } from '@sluice/core'
import { describe, expect, it } from 'vitest'

/** A replica that is never out of work: each time it finishes what it holds it gets a full window. */
function saturate(window: AutoWindow, perMessageMs: number, forMs: number, from = 0): number {
  let now = from
  while (now < from + forMs) {
    const count = window.highWaterMark
    window.arrived(count, count, now)
    window.blocked()
    now += count * perMessageMs
    window.finished(count, now)
  }
  return now
}

describe('a window that sizes itself', () => {
  it('starts small', () => {
    expect(new AutoWindow({ concurrency: 1 }).highWaterMark).toBeLessThanOrEqual(16)
  })

  it('starts with room for twice the concurrency', () => {
    expect(new AutoWindow({ concurrency: 50 }).highWaterMark).toBe(100)
  })

  it('grows to what a fast replica finishes in 20 ms', () => {
    const window = new AutoWindow({ concurrency: 1 })
    saturate(window, 0.01, 500)
    const marks: number[] = []
    for (let now = 500; now < 3_000; now = saturate(window, 0.01, 1, now)) marks.push(window.highWaterMark)
    expect(Math.min(...marks)).toBeGreaterThan(1_990)
    expect(marks.toSorted((a, b) => a - b)[marks.length >> 1]).toBeLessThan(2_010)
    expect(Math.max(...marks)).toBeLessThan(4_010)
  })

  it('holds no more than 8 MiB of large messages, but twice the concurrency', () => {
    const window = new AutoWindow({ concurrency: 2 })
    const feed = (bytesEach: number): void => {
      for (let now = 0; now < 500; now++) {
        window.arrived(window.highWaterMark, window.highWaterMark * bytesEach, now)
        window.blocked()
        window.finished(window.highWaterMark, now + 0.5)
      }
    }
    feed(65_536)
    expect(window.highWaterMark).toBe(128)
    feed(4 * 1024 * 1024)
    expect(window.highWaterMark).toBe(4)
    feed(100)
    expect(window.highWaterMark).toBeGreaterThan(1_000)
  })

  it('doubles with each window while the sender is held up', () => {
    const window = new AutoWindow({ concurrency: 1 })
    const marks = [window.highWaterMark]
    let now = 0
    for (let turn = 0; turn < 8; turn++) {
      window.arrived(window.highWaterMark, window.highWaterMark, now)
      window.blocked()
      now += window.highWaterMark * 0.001
      window.finished(window.highWaterMark, now)
      marks.push(window.highWaterMark)
    }
    expect(marks).toEqual([4, 8, 16, 32, 64, 128, 256, 512, 1_024])
  })

  it('tries no wider window than is useful where the sender does not say that it is blocked', () => {
    const window = new AutoWindow({ concurrency: 1 })
    let now = 0
    for (let turn = 0; turn < 200; turn++) {
      window.arrived(window.highWaterMark, window.highWaterMark, now)
      window.exhausted()
      now += 50
      window.finished(window.highWaterMark, now)
      if (turn > 0) expect(window.highWaterMark).toBe(2)
    }
  })

  it('grows to what is useful where half of it is finished so soon that acks are many', () => {
    const window = new AutoWindow({ concurrency: 1 })
    for (let now = 0; now < 1_000; now++) {
      window.arrived(1, 100, now)
      window.hurried()
      window.finished(1, now + 0.5)
    }
    expect(window.highWaterMark).toBe(40)
  })

  it('does not grow while the sender has credit left', () => {
    const window = new AutoWindow({ concurrency: 1 })
    const mark = window.highWaterMark
    for (let now = 0; now < 1_000; now++) {
      window.arrived(1, 1, now)
      window.finished(1, now + 0.001)
    }
    expect(window.highWaterMark).toBe(mark)
  })

  it('lets a slow replica hold no more than one at work and one on its way', () => {
    const window = new AutoWindow({ concurrency: 1 })
    saturate(window, 100, 1_000)
    const marks: number[] = []
    for (let now = 1_000; now < 60_000; now = saturate(window, 100, 1, now)) marks.push(window.highWaterMark)
    // A wider window is tried now and then, and finishes no more.
    expect(Math.max(...marks)).toBe(4)
    expect(marks.filter((mark) => mark > 2).length).toBeLessThan(marks.length / 8)
  })

  it('shrinks when a replica becomes slow', () => {
    const window = new AutoWindow({ concurrency: 1 })
    const now = saturate(window, 0.01, 500)
    const fast = window.highWaterMark
    window.arrived(50, 50, now)
    window.finished(50, now + 500)
    expect(window.highWaterMark).toBeLessThan(fast / 50)
  })

  it('does not take time without messages for slowness', () => {
    const window = new AutoWindow({ concurrency: 1 })
    let now = saturate(window, 0.01, 200)
    const { capacity } = window
    now += 10_000
    saturate(window, 0.01, 50, now)
    expect(window.capacity).toBeCloseTo(capacity, -3)
  })

  it('spans twice what one message takes where many are handled at once', () => {
    const window = new AutoWindow({ concurrency: 8 })
    let now = 0
    let held = 0
    const marks: number[] = []
    // Eight at a time, 50 ms each.
    for (let turn = 0; turn < 400; turn++) {
      window.arrived(window.highWaterMark - held, 0, now)
      window.blocked()
      held = Math.max(held, window.highWaterMark)
      now += 50
      window.finished(8, now)
      held -= 8
      marks.push(window.highWaterMark)
    }
    expect(Math.max(...marks)).toBe(32)
    expect(marks.filter((mark) => mark === 16).length).toBeGreaterThan(marks.length / 2)
  })

  it('grows over a long chain behind it, which acks late but many at once', () => {
    const window = new AutoWindow({ concurrency: 1 })
    // Every message is acked 50 ms after it came, up to 20 a millisecond.
    let now = 0
    for (let turn = 0; turn < 100; turn++) {
      const count = window.highWaterMark
      window.arrived(count, count, now)
      window.blocked()
      now += 50 + count / 20
      window.finished(count, now)
    }
    expect(window.highWaterMark).toBeGreaterThan(400)
    expect(window.highWaterMark).toBeLessThan(4_000)
  })

  it('never goes beyond its bounds', () => {
    const window = new AutoWindow({ concurrency: 1, max: 100 })
    saturate(window, 0.000_1, 10)
    expect(window.highWaterMark).toBe(100)
  })
})
