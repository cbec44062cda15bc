import { expect, test } from 'vitest'
import { TimeoutError } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { hosted } from '../support/hosted.ts'

const exact = { initialMs: 100, factor: 1, maxMs: 300, jitter: 0 }

test('a handler that takes too long fails, its signal aborts, and its slot is free', async () => {
  const reasons: unknown[] = []
  const { input, output, clock, host } = hosted((b) =>
    b.stage(
      'work',
      (n, { signal }) => {
        if (n !== 1) return n
        signal.addEventListener('abort', () => reasons.push(signal.reason))
        return new Promise(() => {})
      },
      { timeoutMs: 50 },
    ),
  )
  input.deliver([1, 2])
  await clock.pass(49)
  expect(output.values).toEqual([])
  await clock.pass(1)
  expect(output.values).toEqual([2])
  expect(input.settled[0]?.error).toBeInstanceOf(TimeoutError)
  expect(input.settled[0]?.error).toMatchObject({
    message: "stage 'work' took longer than timeoutMs, 50 ms, for a message",
    undelivered: 1,
  })
  expect(reasons).toEqual([input.settled[0]?.error])
  expect(host.stats().stages['work']).toMatchObject({ timedOut: 1, failed: 1, running: 0 })
  expect(clock.pending).toBe(0)
})

test('what a handler that took too long gives or throws afterwards is not heard', async () => {
  const late = [Promise.withResolvers<number>(), Promise.withResolvers<number>()]
  const { input, output, clock } = hosted((b) => b.stage('work', (n) => late[n]?.promise, { timeoutMs: 50 }))
  input.deliver([0])
  await clock.pass(50)
  input.deliver([1])
  await clock.pass(50)
  late[0]?.resolve(99)
  late[1]?.reject(new Error('too late'))
  await settled()
  expect(output.values).toEqual([])
  expect(input.outcomes).toEqual(['failed', 'failed'])
})

test('each attempt has the whole time', async () => {
  const { input, output, clock, host } = hosted((b) =>
    b.stage('work', (n, { attempt }) => (attempt < 3 ? new Promise(() => {}) : n), {
      timeoutMs: 50,
      attempts: 3,
      backoff: exact,
    }),
  )
  input.deliver([1])
  await clock.pass(299)
  expect(host.stats().stages['work']).toMatchObject({ timedOut: 2, retried: 1 })
  await clock.pass(1)
  expect(output.values).toEqual([1])
})

test("a stream's time is its own, not that which its output waits", async () => {
  const { input, output, clock, host } = hosted((b) =>
    b.stage(
      'work',
      async function* () {
        for (let i = 0; i < 3; i++) {
          await new Promise<void>((resolve) => void clock.after(20, resolve))
          yield i
        }
      },
      { timeoutMs: 50 },
    ),
  )
  output.takes = false
  input.deliver([1])
  await clock.pass(20)
  expect(output.values).toEqual([0])
  await clock.pass(500)
  // After such a time a stream lets the event loop turn before it goes on.
  output.offered[0]?.take()
  for (let turn = 0; turn < 3; turn++) await settled()
  await clock.pass(20)
  output.offered[1]?.take()
  for (let turn = 0; turn < 3; turn++) await settled()
  await clock.pass(9)
  expect(host.stats().stages['work']).toMatchObject({ timedOut: 0 })
  await clock.pass(1)
  expect(host.stats().stages['work']).toMatchObject({ timedOut: 1, failed: 1 })
  expect(output.values).toEqual([0, 1])
})

test('a stream that is given up is told to return', async () => {
  const seen: string[] = []
  const { input, clock } = hosted((b) =>
    b.stage(
      'work',
      async function* (n, { signal }) {
        try {
          yield n
          await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        } finally {
          seen.push('cleaned up')
        }
      },
      { timeoutMs: 10 },
    ),
  )
  input.deliver([1])
  await clock.pass(10)
  expect(seen).toEqual(['cleaned up'])
})
