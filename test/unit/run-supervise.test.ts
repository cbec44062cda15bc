import { describe, expect, it } from 'vitest'
import { decide, defaultRestarts, recordDeath } from '../../packages/core/src/run/supervise.ts'

function dieAt(...times: readonly number[]) {
  let deaths: readonly number[] = []
  for (const at of times) deaths = recordDeath(deaths, at, defaultRestarts)
  return decide(deaths, defaultRestarts)
}

describe('a supervisor', () => {
  it('restarts after a pause that doubles', () => {
    expect(dieAt(0)).toEqual({ kind: 'restart', delayMs: 100, count: 1 })
    expect(dieAt(0, 1, 2)).toEqual({ kind: 'restart', delayMs: 400, count: 3 })
  })

  it('gives up at the sixth death within a minute', () => {
    expect(dieAt(0, 1, 2, 3, 4)).toMatchObject({ kind: 'restart', count: 5 })
    expect(dieAt(0, 1, 2, 3, 4, 59_999)).toEqual({ kind: 'give-up', deaths: 6 })
  })

  it('forgets a death after a minute', () => {
    expect(dieAt(0, 1, 2, 3, 4, 60_004)).toEqual({ kind: 'restart', delayMs: 100, count: 1 })
  })

  it('bounds the pause', () => {
    const rules = { ...defaultRestarts, max: 100 }
    expect(
      decide(
        Array.from({ length: 50 }, () => 0),
        rules,
      ),
    ).toMatchObject({ delayMs: 5_000 })
  })

  it('gives up at the first death where no restart is allowed', () => {
    expect(decide([0], { ...defaultRestarts, max: 0 })).toEqual({ kind: 'give-up', deaths: 1 })
  })
})
