import { BusyPoll } from '../../packages/core/src/port/busy-poll.ts'
import { describe, expect, it } from 'vitest'

/** A clock that the test moves, and the turns that were asked for. */
function polling(ms: number) {
  let now = 100
  const turns: (() => void)[] = []
  const poll = new BusyPoll(ms, { now: () => now, turn: (run) => void turns.push(run) })
  return {
    poll,
    pass: (passing: number) => {
      now += passing
      for (const turn of turns.splice(0)) turn()
    },
    isAwake: () => turns.length > 0,
  }
}

describe('busyPollMs', () => {
  it('is awake for that time after each message', () => {
    const { poll, pass, isAwake } = polling(2)
    poll.expect()
    pass(1.5)
    expect(isAwake()).toBe(true)
    poll.expect()
    pass(1.5)
    expect(isAwake()).toBe(true)
    pass(0.5)
    expect(isAwake()).toBe(false)
  })

  it('turns once at a time, however many messages there are', () => {
    const turns: (() => void)[] = []
    const poll = new BusyPoll(2, { now: () => 0, turn: (run) => void turns.push(run) })
    for (let n = 0; n < 10; n++) poll.expect()
    expect(turns).toHaveLength(1)
  })

  it('sleeps at once with 0, and after a close', () => {
    const never = polling(0)
    never.poll.expect()
    expect(never.isAwake()).toBe(false)
    const closed = polling(2)
    closed.poll.expect()
    closed.poll.close()
    closed.pass(0)
    expect(closed.isAwake()).toBe(false)
  })
})
