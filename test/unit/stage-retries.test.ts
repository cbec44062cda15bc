import { expect, test } from 'vitest'
import { backpressure } from '@sluice/patterns'
import type { StageOptions } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted } from '../support/hosted.ts'
import type { Hosted } from '../support/hosted.ts'

const backoff = { initialMs: 100, factor: 2, maxMs: 300, jitter: 0 }

/** Fails the first attempt at every message that `isPoison` names. */
function retrying(
  isPoison: (n: number) => boolean,
  options: StageOptions<number> = {},
  links: Parameters<typeof hosted>[1] = {},
): Hosted {
  return hosted(
    (b) =>
      b.stage(
        'work',
        (n, { attempt }) => {
          if (isPoison(n) && attempt === 1) throw new Error(`poison ${n}`)
          return n
        },
        { attempts: 2, backoff, ...options },
      ),
    links,
  )
}

test('a message between two attempts does not block those behind it, one at a time', async () => {
  const { input, output, clock, host } = retrying((n) => n === 1)
  input.deliver([1, 2, 3])
  await settled()
  expect(output.values).toEqual([2, 3])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, running: 1, retrying: 1, waiting: 0 })
  await clock.pass(100)
  expect(output.values).toEqual([2, 3, 1])
  expect(host.stats().stages['work']).toMatchObject({ out: 3, running: 0, retrying: 0, retried: 1 })
})

test.each([true, false])('nor where several are at work and their order is kept: %s', async (ordered) => {
  const { input, output, clock } = retrying((n) => n % 3 === 1, { concurrency: 2, ordered })
  input.deliver([1, 2, 3, 4, 5, 6])
  await settled()
  expect(output.values).toEqual([2, 3, 5, 6])
  await clock.pass(100)
  expect(output.values).toEqual([2, 3, 5, 6, 1, 4])
})

test('what passes a message between two attempts keeps its own order', async () => {
  const { input, output, clock } = hosted((b) =>
    b.stage(
      'work',
      (n, { attempt }) =>
        new Promise((resolve, reject) => {
          const end = n % 4 === 1 && attempt === 1 ? () => reject(new Error('poison')) : () => resolve(n)
          // The later it came, the sooner it is done.
          clock.after(40 - n, end)
        }),
      { attempts: 2, backoff, concurrency: 8 },
    ),
  )
  input.deliver(Array.from({ length: 32 }, (_, n) => n))
  await clock.pass(2_000)
  const passed = output.values.filter((n) => (n as number) % 4 !== 1)
  expect(passed).toEqual(passed.toSorted((a, b) => (a as number) - (b as number)))
  expect(output.values).toHaveLength(32)
})

test('messages of its key wait for a message between two attempts, and the stage says so', async () => {
  const key = (n: number): string => (n % 2 === 0 ? 'even' : 'odd')
  const inbound = new HandPattern()
  Object.assign(inbound, { options: backpressure({ key }).options })
  const { input, output, clock, host } = retrying((n) => n === 1, {}, { inbound })
  input.deliver([1, 2, 3, 4, 5])
  await settled()
  expect(output.values).toEqual([2, 4])
  expect(host.stats().stages['work']).toMatchObject({ retrying: 1, heldByKey: 2, waiting: 2 })
  await clock.pass(100)
  expect(output.values).toEqual([2, 4, 1, 3, 5])
  expect(host.stats().stages['work']).toMatchObject({ retrying: 0, heldByKey: 0, waiting: 0 })
})

test('more than 1 024 between two attempts keep their place at work, so that a flood of poison slows the stage', async () => {
  const { input, host, clock } = retrying(() => true)
  input.deliver(Array.from({ length: 2_000 }, (_, n) => n))
  await settled()
  expect(host.stats().stages['work']).toMatchObject({ retrying: 1_024, running: 1_025, waiting: 975 })
  await clock.pass(1_000)
  expect(host.stats().stages['work']).toMatchObject({ out: 2_000, running: 0, waiting: 0 })
})

test('the end waits for what is between two attempts', async () => {
  const { input, output, clock, host } = retrying((n) => n === 2)
  input.deliver([1, 2])
  input.end()
  await settled()
  expect(output.state).toBe('open')
  await clock.pass(100)
  await host.done
  expect(output.values).toEqual([1, 2])
})
