/** The outbox of a replica under SIGKILL: what it had stored is delivered by its successor, in the same run. */
import { join } from 'node:path'
import { run } from '@sluice/core'
import type { RunProgress } from '@sluice/core'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { replicasOf, TemporaryDirectory, until } from '../support/left-behind.ts'
import spooling, { many, shelf } from './fixtures/spooling.ts'

let directory: TemporaryDirectory
beforeEach(() => {
  directory = new TemporaryDirectory()
  shelf.squares = []
  shelf.opened = Promise.withResolvers()
  shelf.sourceGoesOn = Promise.withResolvers()
})
afterEach(() => directory[Symbol.dispose]())

const squares = Array.from({ length: many }, (_, at) => (at + 1) ** 2)

it.each([
  { pattern: 'backpressure', when: 'in the middle of the run', pause: 100 },
  { pattern: 'request-reply', when: 'after its source has ended', pause: many },
])(
  'a $pattern outbox is taken up by the successor of a replica that is killed $when',
  async ({ pattern, pause }) => {
    const args = [pattern, join(directory.path, 'spool'), String(pause)]
    let now: RunProgress | undefined
    const running = run(spooling({ args }), {
      args,
      progressIntervalMs: 20,
      onProgress: (progress) => (now = progress),
      restarts: { initialMs: 1 },
      log: () => undefined,
    })
    const meanwhile = (holds: () => boolean) => Promise.race([running, until(holds)])
    // The shelf takes nothing yet, so that whatever is acked to the source is in an outbox and nowhere else.
    await meanwhile(() => now?.links['count:square']?.sender?.delivered === pause)
    const killed = replicasOf()
    expect(killed).toHaveLength(1)
    for (const pid of killed) process.kill(pid, 'SIGKILL')
    await meanwhile(() => now?.stages['square']?.restarts === 1)
    shelf.sourceGoesOn.resolve()
    shelf.opened.resolve()
    const { links, stages } = await running
    const arrived = shelf.squares.map(({ square }) => square)
    expect(squares.filter((square) => !arrived.includes(square))).toEqual([])
    const byTheDead = new Set(
      shelf.squares.filter(({ pid }) => killed.includes(pid)).map(({ square }) => square),
    )
    expect(byTheDead.size).toBe(pause)
    expect(stages['square']).toMatchObject({ restarts: 1 })
    expect(links['square:shelve']?.sender).toMatchObject({
      accepted: many,
      delivered: many,
      undelivered: 0,
      outbox: { recovered: pause, stored: 0, storedBytes: 0 },
    })
    expect(replicasOf()).toEqual([])
  },
)
