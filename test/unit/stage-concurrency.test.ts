import { expect, test } from 'vitest'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted } from '../support/hosted.ts'

/** Handlers that a test lets go one by one. */
function bench() {
  const at = new Map<number, PromiseWithResolvers<unknown>>()
  const begun: number[] = []
  return {
    begun,
    handle: (n: number): Promise<unknown> => {
      begun.push(n)
      const pending = Promise.withResolvers<unknown>()
      at.set(n, pending)
      return pending.promise
    },
    finish: async (n: number): Promise<void> => {
      at.get(n)?.resolve(n)
      await settled()
    },
    fail: async (n: number): Promise<void> => {
      at.get(n)?.reject(new Error(`no ${n}`))
      await settled()
    },
  }
}

test('one message is at work at a time by default', async () => {
  const { begun, handle, finish } = bench()
  const { input, host } = hosted((b) => b.stage('work', handle))
  input.deliver([1, 2, 3])
  expect(begun).toEqual([1])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, running: 1, waiting: 2 })
  await finish(1)
  expect(begun).toEqual([1, 2])
})

test('as many as concurrency says are at work at once', async () => {
  const { begun, handle, finish } = bench()
  const { input } = hosted((b) => b.stage('work', handle, { concurrency: 3 }))
  input.deliver([1, 2])
  input.deliver([3, 4, 5])
  expect(begun).toEqual([1, 2, 3])
  await finish(1)
  expect(begun).toEqual([1, 2, 3, 4])
})

test('what is emitted keeps the order of what came in', async () => {
  const { handle, finish } = bench()
  const { input, output } = hosted((b) => b.stage('work', handle, { concurrency: 4 }))
  input.deliver([1, 2, 3, 4])
  await finish(3)
  await finish(2)
  expect(output.values).toEqual([])
  await finish(1)
  expect(output.values).toEqual([1, 2, 3])
  await finish(4)
  expect(output.values).toEqual([1, 2, 3, 4])
})

test('a result that waits for its turn keeps its slot', async () => {
  const { begun, handle, finish } = bench()
  const { input } = hosted((b) => b.stage('work', handle, { concurrency: 2 }))
  input.deliver([1, 2, 3, 4])
  await finish(2)
  expect(begun).toEqual([1, 2])
  await finish(1)
  expect(begun).toEqual([1, 2, 3, 4])
})

test('without order, each result is emitted as it comes', async () => {
  const { begun, handle, finish } = bench()
  const { input, output } = hosted((b) => b.stage('work', handle, { concurrency: 2, ordered: false }))
  input.deliver([1, 2, 3])
  await finish(2)
  expect(output.values).toEqual([2])
  expect(begun).toEqual([1, 2, 3])
  await finish(3)
  await finish(1)
  expect(output.values).toEqual([2, 3, 1])
})

test('a message that failed gives up its turn', async () => {
  const { handle, finish, fail } = bench()
  const { input, output } = hosted((b) => b.stage('work', handle, { concurrency: 3 }))
  input.deliver([1, 2, 3])
  await finish(3)
  await fail(1)
  await finish(2)
  expect(output.values).toEqual([2, 3])
  expect(input.outcomes.toSorted()).toEqual(['delivered', 'delivered', 'failed'])
})

test('streams at work together emit one after another', async () => {
  const { input, output } = hosted((b) =>
    b.stage(
      'work',
      async function* (n) {
        for (let i = 0; i < 3; i++) {
          if (n === 1) await settled()
          yield `${n}.${i}`
        }
      },
      { concurrency: 2 },
    ),
  )
  input.deliver([1, 2])
  for (let i = 0; i < 5; i++) await settled()
  expect(output.values).toEqual(['1.0', '1.1', '1.2', '2.0', '2.1', '2.2'])
})

test('results of sync and async handlers keep their order together', async () => {
  const { handle, finish } = bench()
  const { input, output } = hosted((b) =>
    b.stage('work', (n) => (n === 1 ? handle(n) : n), { concurrency: 8 }),
  )
  input.deliver([1, 2, 3])
  expect(output.values).toEqual([])
  await finish(1)
  expect(output.values).toEqual([1, 2, 3])
})

test('a fused neighbour with an async handler is slowed to, and keeps the order', async () => {
  const { begun, handle, finish } = bench()
  const { input, output, host } = hosted((b) =>
    b.stage('work', async (n) => n, { concurrency: 8 }).stage('next', handle),
  )
  input.deliver([1, 2, 3])
  await settled()
  expect(begun).toEqual([1])
  expect(host.stats().stages).toMatchObject({
    work: { running: 2, out: 1 },
    next: { in: 2, running: 1, waiting: 1 },
  })
  await finish(1)
  await finish(2)
  await finish(3)
  expect(output.values).toEqual([1, 2, 3])
})

test('a link that does not take holds the stage up, and nothing more is begun', async () => {
  const { input, output, host } = hosted((b) => b.stage('work', (n) => n))
  output.takes = false
  input.deliver([1, 2, 3])
  expect(output.values).toEqual([1])
  expect(host.stats().stages['work']).toMatchObject({ out: 0, running: 1, waiting: 2 })
  output.offered[0]?.take()
  await settled()
  expect(output.values).toEqual([1, 2])
  expect(host.stats().stages['work']).toMatchObject({ out: 1, running: 1, waiting: 1 })
})

test('a stream is not pulled while its last message waits', async () => {
  const pulled: number[] = []
  const { input, output } = hosted((b) =>
    b.stage('work', function* () {
      for (let i = 0; i < 3; i++) {
        pulled.push(i)
        yield i
      }
    }),
  )
  output.takes = false
  input.deliver([1])
  await settled()
  expect(pulled).toEqual([0])
  output.offered[0]?.take()
  await settled()
  expect(pulled).toEqual([0, 1])
})

test('time in which an output waits is not time at work', async () => {
  const { input, output, clock, host } = hosted((b) => b.stage('work', (n) => n))
  output.takes = false
  input.deliver([1])
  await clock.pass(30)
  output.offered[0]?.take()
  await settled()
  await clock.pass(50)
  expect(host.stats().stages['work']).toMatchObject({ busyMs: 0, blockedMs: 30 })
})

test('time at work is summed over handlers that overlap', async () => {
  const { handle, finish } = bench()
  const { input, clock, host } = hosted((b) => b.stage('work', handle, { concurrency: 2 }))
  input.deliver([1])
  await clock.pass(10)
  input.deliver([2])
  await clock.pass(10)
  await finish(1)
  await clock.pass(5)
  expect(host.stats().stages['work']?.busyMs).toBe(35)
  await finish(2)
  await clock.pass(5)
  expect(host.stats().stages['work']?.busyMs).toBe(35)
})

test('a filtered message gives up its turn', async () => {
  const { input, output } = hosted((b) =>
    b.stage('work', async (n) => (n % 2 === 0 ? n : undefined), { concurrency: 4 }),
  )
  input.deliver([1, 2, 3, 4, 5, 6])
  await settled()
  expect(output.values).toEqual([2, 4, 6])
})

test('a link that does not take holds up fused neighbours too', async () => {
  const { input, output, host } = hosted((b) => b.stage('work', (n) => n).stage('after', (n) => n))
  output.takes = (n) => n !== 2
  input.deliver([1, 2, 3])
  expect(output.values).toEqual([1, 2])
  expect(host.stats().stages).toMatchObject({
    work: { running: 1, out: 2 },
    after: { in: 3, running: 1, waiting: 1 },
  })
  output.takes = true
  output.offered[1]?.take()
  await settled()
  expect(output.values).toEqual([1, 2, 3])
})

test('messages of one key are handled one after another, others meanwhile', async () => {
  const { begun, handle, finish } = bench()
  const inbound = new HandPattern({ key: (n: number) => n % 10 })
  const { input, output } = hosted((b) => b.stage('work', handle, { concurrency: 4, ordered: false }), {
    inbound,
  })
  input.deliver([1, 11, 2, 21, 12])
  expect(begun).toEqual([1, 2])
  await finish(2)
  expect(begun).toEqual([1, 2, 12])
  await finish(1)
  expect(begun).toEqual([1, 2, 12, 11])
  await finish(11)
  await finish(21)
  await finish(12)
  expect(output.values).toEqual([2, 1, 11, 21, 12])
})

test('a key is free when every fused handler is done, though the link has not acked', async () => {
  const { begun, handle, finish } = bench()
  const inbound = new HandPattern({ key: () => 'one' })
  const { input, output } = hosted(
    (b) => b.stage('work', async (n) => n, { concurrency: 2 }).stage('next', handle, { concurrency: 2 }),
    { inbound },
  )
  output.settles = undefined
  input.deliver([1, 2])
  await settled()
  expect(begun).toEqual([1])
  await finish(1)
  expect(begun).toEqual([1, 2])
  expect(input.outcomes).toEqual([])
})

test('messages whose key cannot be told are handled all the same', async () => {
  const inbound = new HandPattern({ key: (n: number | null) => (n as number).toFixed() })
  const { input, output } = hosted((b) => b.stage('work', async (n) => n, { concurrency: 2 }), { inbound })
  input.deliver([null, 1, null])
  await settled()
  expect(output.values).toEqual([null, 1, null])
})

test('a link without a window is paused while too much is held', async () => {
  const { handle, finish } = bench()
  const { input } = hosted((b) => b.stage('work', handle), { inbound: new HandPattern({}, 'drops') })
  input.deliver(Array.from({ length: 1_023 }, (_, n) => n))
  expect(input.paused).toEqual([])
  input.deliver([1_023, 1_024])
  expect(input.paused).toEqual([true])
  for (let n = 0; n < 767; n++) await finish(n)
  expect(input.paused).toEqual([true])
  await finish(767)
  expect(input.paused).toEqual([true, false])
})

test('a link with a window is never paused', () => {
  const { handle } = bench()
  const { input } = hosted((b) => b.stage('work', handle))
  input.deliver(Array.from({ length: 5_000 }, (_, n) => n))
  expect(input.paused).toEqual([])
})

test('handlers that never wait let the event loop turn', async () => {
  const { input, output, clock } = hosted((b) =>
    b.stage('work', (n) => {
      void clock.pass(2)
      return n
    }),
  )
  input.deliver(Array.from({ length: 20 }, (_, n) => n))
  expect(output.values.length).toBeLessThan(10)
  while (output.values.length < 20) await settled()
  expect(output.values).toEqual(Array.from({ length: 20 }, (_, n) => n))
})
