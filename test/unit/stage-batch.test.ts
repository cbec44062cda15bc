import { expect, test } from 'vitest'
import type { Headers } from '@sluice/core'
import { pipeline } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'

test('a batch is handled when it is full', () => {
  const { input, output, host } = hosted((b) =>
    b.stage('work', (batch) => batch.length * 100 + (batch[0] ?? 0), { batch: { size: 3 } }),
  )
  input.deliver([1, 2])
  expect(output.values).toEqual([])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, waiting: 2, out: 0 })
  input.deliver([3, 4, 5, 6, 7])
  expect(output.values).toEqual([301, 304])
  expect(host.stats().stages['work']).toMatchObject({ in: 7, waiting: 1, out: 2, running: 0 })
})

test('a batch that does not fill is handled withinMs after its first message', async () => {
  const { input, output, clock } = hosted((b) =>
    b.stage('work', (batch) => batch.length, { batch: { size: 3, withinMs: 50 } }),
  )
  await clock.pass(1_000)
  input.deliver([1])
  await clock.pass(30)
  input.deliver([2])
  await clock.pass(19)
  expect(output.values).toEqual([])
  await clock.pass(1)
  expect(output.values).toEqual([2])
  expect(clock.pending).toBe(0)
})

test('a batch that fills starts the time of the next anew', async () => {
  const { input, output, clock } = hosted((b) =>
    b.stage('work', (batch) => batch.length, { batch: { size: 2, withinMs: 50 } }),
  )
  input.deliver([1])
  await clock.pass(40)
  input.deliver([2, 3])
  await clock.pass(49)
  expect(output.values).toEqual([2])
  await clock.pass(1)
  expect(output.values).toEqual([2, 1])
})

test('what is gathered at the end is handled at once', async () => {
  const { input, output, host } = hosted((b) =>
    b.stage('work', (batch) => batch.length, { batch: { size: 10, withinMs: 1e9 } }),
  )
  input.deliver([1, 2, 3])
  input.end()
  await host.done
  expect(output.values).toEqual([3])
  expect(input.outcomes).toEqual(['delivered', 'delivered', 'delivered'])
})

test('each message of a batch is settled when what the batch emitted is', () => {
  const { input, output } = hosted((b) => b.stage('work', (batch) => batch.length, { batch: { size: 2 } }))
  output.settles = undefined
  input.deliver([1, 2])
  expect(input.settled).toEqual([])
  output.offered[0]?.ticket?.settle('delivered')
  expect(input.settled.map(({ value, outcome }) => [value, outcome])).toEqual([
    [1, 'delivered'],
    [2, 'delivered'],
  ])
})

test('a batch that fails is as many failed messages, and as many dead letters', async () => {
  const letters: unknown[] = []
  const { input, host } = hosted((b) =>
    b.stage('work', () => Promise.reject(new Error('boom')), {
      batch: { size: 2 },
      deadLetter: ({ message, headers, attempts }) => void letters.push([message, headers, attempts]),
    }),
  )
  input.deliver([1, 2], { headers: [undefined, { mine: 1 }] })
  await settled()
  expect(letters).toEqual([
    [1, {}, 1],
    [2, { mine: 1 }, 1],
  ])
  expect(input.outcomes).toEqual(['deadLettered', 'deadLettered'])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, deadLettered: 2, running: 0 })
})

test('a batch has the headers of each message, and says when one of them was redelivered', () => {
  const seen: [readonly Headers[], boolean][] = []
  const { input } = hosted((b) =>
    b.stage('work', (_, { headers, redelivered }) => void seen.push([headers, redelivered]), {
      batch: { size: 2 },
    }),
  )
  input.deliver([1], { headers: [{ mine: 1 }] })
  input.deliver([2], { redelivered: true })
  expect(seen).toEqual([[[{ mine: 1 }, {}], true]])
})

test('an iterator of a batch is its messages one by one', async () => {
  const { input, output, host } = hosted((b) =>
    b.stage('work', (batch) => batch.toReversed().values(), { batch: { size: 3 } }),
  )
  input.deliver([1, 2, 3])
  await settled()
  expect(output.values).toEqual([3, 2, 1])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 3, filtered: 0 })
})

test('a batch that gives nothing is as many filtered messages', () => {
  const { input, host } = hosted((b) => b.stage('work', () => undefined, { batch: { size: 3 } }))
  input.deliver([1, 2, 3])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 0, filtered: 3 })
  expect(input.outcomes).toEqual(['delivered', 'delivered', 'delivered'])
})

test('while no handler is free one batch is held, and no more is taken', async () => {
  const pending: PromiseWithResolvers<number>[] = []
  const batches: number[][] = []
  const { input, host, clock } = hosted((b) =>
    b.stage(
      'work',
      (batch) => {
        const done = Promise.withResolvers<number>()
        pending.push(done)
        batches.push(batch)
        return done.promise
      },
      { batch: { size: 2, withinMs: 50 } },
    ),
  )
  input.deliver([1, 2, 3, 4, 5, 6, 7])
  await clock.pass(100)
  expect(batches).toEqual([[1, 2]])
  expect(host.stats().stages['work']).toMatchObject({ in: 7, running: 2, waiting: 5 })
  pending[0]?.resolve(0)
  await settled()
  expect(batches).toEqual([
    [1, 2],
    [3, 4],
  ])
  pending[1]?.resolve(0)
  await settled()
  pending[2]?.resolve(0)
  await clock.pass(50)
  expect(batches.slice(2)).toEqual([[5, 6], [7]])
})

test('a batch stage behind a fused source holds it up, and handles the rest at its end', async () => {
  const batches: number[][] = []
  const whole = pipeline('fused')
    .source('work', function* () {
      for (let n = 1; n <= 7; n++) yield n
    })
    .sink('rack', async (batch) => void batches.push(batch), { batch: { size: 3, withinMs: 1e9 } })
  const { host } = hostOf(whole, 'work')
  host.start()
  const { stages } = await host.done
  expect(batches).toEqual([[1, 2, 3], [4, 5, 6], [7]])
  expect(stages).toMatchObject({ work: { in: 7, out: 7 }, rack: { in: 7, out: 0, running: 0, waiting: 0 } })
})

test('close leaves what was gathered unsettled', async () => {
  const { input, host, clock } = hosted((b) =>
    b.stage('work', (batch) => batch.length, { batch: { size: 3 } }),
  )
  input.deliver([1, 2])
  await host.close()
  expect(clock.pending).toBe(0)
  expect(input.settled).toEqual([])
})

test("a link's window is asked to hold a whole batch for each handler, here and as far as acks chain", () => {
  const inbound = new HandPattern()
  const whole = pipeline('windows')
    .source('from', () => [0])
    .link(inbound)
    .stage('work', (batch) => batch.length, { batch: { size: 30 }, concurrency: 4 })
    .stage('next', (n) => n)
    .link(new HandPattern())
    .stage('further', (batch) => batch.length, { batch: { size: 100 }, replicas: 3, ack: 'handled' })
    .link(new HandPattern())
    .sink('last', () => undefined, { concurrency: 1_000 })
  hostOf(whole, 'work')
  // 4 × 30 and 1 here, 100 in each of 3 replicas further on; what is behind those is not waited for.
  expect(inbound.receivers[0]?.site.concurrency).toBe(421)
})
