import { AutoWindow, firstMark, WindowPool } from '@sluice/core'
import { describe, expect, it } from 'vitest'

/** Windows of one receiver that finishes `perMs` messages a millisecond, turn by turn, whoever sent them. */
function shared(senders: number, perMs: number, bytesEach: number, rounds = 60): AutoWindow[] {
  const pool = new WindowPool()
  const windows = Array.from({ length: senders }, () => new AutoWindow({ concurrency: 1, pool }))
  let now = 0
  for (let round = 0; round < rounds; round++) {
    const came = windows.map((window) => window.highWaterMark)
    for (const [at, window] of windows.entries()) {
      window.arrived(came[at] ?? 0, (came[at] ?? 0) * bytesEach, now)
      window.exhausted()
    }
    for (const [at, window] of windows.entries()) {
      now += (came[at] ?? 0) / perMs
      window.finished(came[at] ?? 0, now)
    }
  }
  return windows
}

const marks = (windows: readonly AutoWindow[]): number[] => windows.map((window) => window.highWaterMark)

describe('windows of many senders to one receiver', () => {
  it('are worth their frames: none is narrower than what the receiver finishes in a millisecond', () => {
    expect(Math.min(...marks(shared(1_000, 400, 75)))).toBeGreaterThanOrEqual(390)
  })

  it('are no wider than one alone would be where the receiver is slow', () => {
    expect(Math.max(...marks(shared(20, 1, 75)))).toBeLessThanOrEqual(20)
  })

  it('begin with what is known of the receiver already', () => {
    const pool = new WindowPool()
    const first = new AutoWindow({ concurrency: 1, pool })
    expect(firstMark({ concurrency: 1, pool })).toBe(4)
    first.arrived(1_000, 75_000, 0)
    first.finished(1_000, 1)
    expect(firstMark({ concurrency: 1, pool })).toBe(4)
    const second = new AutoWindow({ concurrency: 1, pool })
    expect(firstMark({ concurrency: 1, pool })).toBe(1_000)
    second.close()
    expect(firstMark({ concurrency: 1, pool })).toBe(4)
  })

  it('hold no more than 64 MiB together', () => {
    const mebibytes = marks(shared(200, 1_000, 4_096)).reduce((sum, mark) => sum + mark * 4_096, 0) / 2 ** 20
    expect(mebibytes).toBeGreaterThan(16)
    expect(mebibytes).toBeLessThanOrEqual(64)
  })

  it('do not take the messages of a sender that has gone for work', () => {
    const pool = new WindowPool()
    const [gone, there] = [0, 1].map(() => new AutoWindow({ concurrency: 1, pool }))
    gone?.arrived(4, 4, 0)
    gone?.close()
    there?.arrived(4, 4, 10_000)
    there?.finished(4, 10_001)
    expect(pool.throughput.perMs).toBe(4)
    expect(pool.throughput.held).toBe(0)
  })
})
