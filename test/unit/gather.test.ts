import { Gather } from '@sluice/core'
import { describe, expect, it } from 'vitest'

/** A gather whose turns end when the test says so. */
function gathering(onFlush: () => boolean) {
  const turns: (() => void)[] = []
  const gather = new Gather({ turn: (run) => void turns.push(run) }, onFlush)
  const turn = (): void => {
    for (const run of turns.splice(0)) run()
  }
  return { gather, turn, turns }
}

describe('natural batching', () => {
  it('flushes at once when idle, and gathers while busy', () => {
    const sent: number[][] = []
    let pending: number[] = []
    const { gather, turn } = gathering(() => {
      if (pending.length === 0) return false
      sent.push(pending)
      pending = []
      return true
    })
    for (let n = 0; n < 4; n++) {
      pending.push(n)
      gather.wake()
    }
    expect(sent).toEqual([[0]])
    turn()
    expect(sent).toEqual([[0], [1, 2, 3]])
  })

  it('is idle again after a turn in which there was nothing', () => {
    let flushes = 0
    const { gather, turn, turns } = gathering(() => ++flushes > 0)
    gather.wake()
    turn()
    expect(turns).toHaveLength(0)
    gather.wake()
    expect(flushes).toBe(2)
  })

  it('stays busy after a turn in which something was flushed', () => {
    let flushes = 0
    const { gather, turn } = gathering(() => ++flushes > 0)
    gather.wake()
    gather.wake()
    turn()
    gather.wake()
    expect(flushes).toBe(2)
    turn()
    expect(flushes).toBe(3)
  })

  it('gathers from the start what is marked, since more is about to come', () => {
    let flushes = 0
    const { gather, turn } = gathering(() => ++flushes > 0)
    gather.mark()
    expect(flushes).toBe(0)
    turn()
    expect(flushes).toBe(1)
  })

  it('gathers what a flush itself wakes', () => {
    let flushes = 0
    const { gather, turn } = gathering(() => {
      if (++flushes < 3) gather.wake()
      return false
    })
    gather.wake()
    expect(flushes).toBe(1)
    turn()
    turn()
    turn()
    expect(flushes).toBe(3)
  })

  it('flushes nothing once it is closed', () => {
    let flushes = 0
    const { gather, turn } = gathering(() => ++flushes > 0)
    gather.mark()
    gather.close()
    turn()
    gather.wake()
    gather.mark()
    turn()
    expect(flushes).toBe(0)
  })
})
