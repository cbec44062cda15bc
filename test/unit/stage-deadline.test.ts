import { expect, test } from 'vitest'
import { DeadlineError, pipeline, withHeaders } from '@sluice/core'
import type { StageContext, StageOptions } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'
import type { Hosted } from '../support/hosted.ts'

const at = (ms: number): { headers: readonly { deadline: Date }[] } => ({
  headers: [{ deadline: new Date(ms) }],
})

function working(
  handler: (n: number, context: StageContext) => unknown,
  options: StageOptions<number> = {},
): Hosted {
  return hosted((b) => b.stage('work', handler, options))
}

test('a source gives each message its deadline, unless it has one of its own', async () => {
  const outbound = new HandPattern()
  const whole = pipeline('dated')
    .source('from', () => [1, withHeaders(2, { mine: true }), withHeaders(3, { deadline: new Date(7) })], {
      deadlineMs: 500,
    })
    .link(outbound)
    .sink('to', (n: number) => n)
  const { host, clock } = hostOf(whole, 'from')
  await clock.pass(100)
  host.start()
  await settled()
  const [sender] = outbound.senders
  expect(sender?.offered.map(({ value, headers }) => [value, headers])).toEqual([
    [1, { deadline: new Date(600) }],
    [2, { mine: true, deadline: new Date(600) }],
    [3, { deadline: new Date(7) }],
  ])
})

test('the deadline is shown in the context and goes on with what is emitted', async () => {
  const seen: unknown[] = []
  const { input, output } = working((n, { deadline }) => {
    seen.push(deadline)
    return n
  })
  input.deliver([1], at(50))
  input.deliver([2])
  await settled()
  expect(seen).toEqual([new Date(50), undefined])
  expect(output.offered.map(({ headers }) => headers)).toEqual([{ deadline: new Date(50) }, undefined])
})

test('a message that comes after its deadline is not handled: it failed, with a DeadlineError', async () => {
  const handled: number[] = []
  const { input, host, clock, lines } = working((n) => void handled.push(n))
  await clock.pass(100)
  input.deliver([1], at(100))
  input.deliver([2], at(101))
  await settled()
  expect(handled).toEqual([2])
  expect(input.settled[0]).toMatchObject({
    value: 1,
    outcome: 'failed',
    error: { code: 'ERR_SLUICE_DEADLINE' },
  })
  expect(input.settled[0]?.error).toBeInstanceOf(DeadlineError)
  expect(host.stats().stages['work']).toMatchObject({ in: 2, failed: 1, expired: 1, running: 0 })
  expect(lines[0]?.text).toContain('at its deadline, 1970-01-01T00:00:00.100Z')
})

test('a handler at work is called off at the deadline, and is not tried again', async () => {
  const reasons: unknown[] = []
  const { input, clock, host } = working(
    (_, { signal }) =>
      new Promise(() => signal.addEventListener('abort', () => reasons.push(signal.reason), { once: true })),
    { attempts: 5, timeoutMs: 1_000 },
  )
  input.deliver([1], at(60))
  await clock.pass(60)
  expect(reasons).toEqual([expect.any(DeadlineError)])
  expect(input.outcomes).toEqual(['failed'])
  expect(host.stats().stages['work']).toMatchObject({ failed: 1, expired: 1, timedOut: 0, retried: 0 })
})

test('no pause is waited for that ends after the deadline; what the last attempt failed with is the cause', async () => {
  const { input, clock, host } = working(
    (n) => {
      throw new Error(`boom ${n}`)
    },
    { attempts: 10, backoff: { initialMs: 100, jitter: 0 } },
  )
  input.deliver([1], at(350))
  await clock.pass(300)
  expect(input.settled[0]?.error?.cause).toEqual(new Error('boom 1'))
  expect(host.stats().stages['work']).toMatchObject({ failed: 1, expired: 1, retried: 2 })
})

test('a message that fails for good ahead of its deadline is dead-lettered; one that is too late is not', async () => {
  const letters: unknown[] = []
  const { input, clock } = working(
    (n) => {
      throw new Error(`boom ${n}`)
    },
    { deadLetter: ({ message }) => void letters.push(message) },
  )
  await clock.pass(10)
  input.deliver([1], at(20))
  input.deliver([2], at(5))
  await settled()
  expect(letters).toEqual([1])
  expect(input.outcomes.toSorted()).toEqual(['deadLettered', 'failed'])
})

test('messages of a batch that are too late are left out of it', async () => {
  const batches: unknown[] = []
  const { input, clock, host } = hosted((b) =>
    b.stage('work', (many: number[]) => void batches.push(many), { batch: { size: 3, withinMs: 50 } }),
  )
  input.deliver([1], at(0))
  input.deliver([2], at(500))
  input.deliver([3])
  input.deliver([4], at(0))
  await clock.pass(100)
  expect(batches).toEqual([[2, 3]])
  expect(input.settled.filter(({ outcome }) => outcome === 'failed').map(({ value }) => value)).toEqual([
    1, 4,
  ])
  expect(host.stats().stages['work']).toMatchObject({ in: 4, failed: 2, expired: 2 })
})
