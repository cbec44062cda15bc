import { expect, test } from 'vitest'
import { ClosedError, pipeline } from '@sluice/core'
import type { Outcome } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'
import type { Hosted } from '../support/hosted.ts'

/** A stage whose link takes at once and ends nothing before the test does. */
function held(
  build: Parameters<typeof hosted>[0] = (b) => b.stage('work', (n) => n),
  inbound?: HandPattern,
): Hosted {
  const opened = hosted(build, inbound === undefined ? {} : { inbound })
  opened.output.settles = undefined
  return opened
}

test('a message is settled when what was emitted for it is', () => {
  const { input, output } = held()
  input.deliver([1, 2])
  expect(input.settled).toEqual([])
  output.offered[1]?.ticket?.settle('delivered')
  expect(input.settled).toEqual([{ value: 2, outcome: 'delivered', error: undefined }])
  output.offered[0]?.ticket?.settle('delivered')
  expect(input.settled.map(({ value }) => value)).toEqual([2, 1])
})

test('a message that became many is settled with the last of them', async () => {
  const { input, output } = held((b) =>
    b.stage('work', function* (n) {
      yield* [n, n, n]
    }),
  )
  input.deliver([1])
  await settled()
  for (const at of [2, 0]) output.offered[at]?.ticket?.settle('delivered')
  expect(input.settled).toEqual([])
  output.offered[1]?.ticket?.settle('delivered')
  expect(input.outcomes).toEqual(['delivered'])
})

test('a stream that goes on is not settled by what it has emitted so far', async () => {
  const more = Promise.withResolvers<void>()
  const { input, output } = held((b) =>
    b.stage('work', async function* (n) {
      yield n
      await more.promise
    }),
  )
  input.deliver([1])
  await settled()
  output.offered[0]?.ticket?.settle('delivered')
  await settled()
  expect(input.settled).toEqual([])
  more.resolve()
  await settled()
  expect(input.outcomes).toEqual(['delivered'])
})

test.each<[Outcome[], Outcome]>([
  [['delivered', 'delivered'], 'delivered'],
  [['delivered', 'dropped'], 'delivered'],
  [['deadLettered', 'delivered'], 'deadLettered'],
  [['deadLettered', 'failed'], 'failed'],
  [['failed', 'deadLettered'], 'failed'],
  [['dropped', 'failed'], 'failed'],
])('parts that ended %j make a message %s', async (outcomes, whole) => {
  const { input, output } = held((b) => b.stage('work', (n) => [n, n].values()))
  input.deliver([1])
  await settled()
  const errors = outcomes.map((outcome) => new Error(outcome))
  outcomes.forEach((outcome, at) => output.offered[at]?.ticket?.settle(outcome, errors[at]))
  expect(input.settled).toEqual([
    { value: 1, outcome: whole, error: whole === 'delivered' ? undefined : errors[outcomes.indexOf(whole)] },
  ])
})

test('a message of which a part was undelivered stays open, so that its sender keeps it', async () => {
  const { input, output } = held((b) => b.stage('work', (n) => [n, n].values()))
  input.deliver([1])
  await settled()
  output.offered[0]?.ticket?.settle('undelivered')
  output.offered[1]?.ticket?.settle('delivered')
  expect(input.settled).toEqual([])
})

test('a message is settled over all branches', () => {
  const inbound = new HandPattern()
  const outputs = [new HandPattern(), new HandPattern()] as const
  const whole = pipeline('fan')
    .source('from', () => [1])
    .link(inbound)
    .stage('work', (n) => n)
    .branch({
      near: (b) => b.link(outputs[0]).sink('near', () => 1),
      far: (b) =>
        b
          .stage('further', (n) => n)
          .link(outputs[1])
          .sink('far', () => 1),
    })
  hostOf(whole, 'work').host.start()
  const [near, far] = outputs.map(({ senders }) => senders[0])
  for (const sender of [near, far]) if (sender !== undefined) sender.settles = undefined
  const [input] = inbound.receivers
  input?.deliver([1])
  near?.offered[0]?.ticket?.settle('delivered')
  expect(input?.settled).toEqual([])
  far?.offered[0]?.ticket?.settle('deadLettered')
  expect(input?.outcomes).toEqual(['deadLettered'])
})

test("with ack 'handled' a message is settled once its handlers are done", async () => {
  const { input, output } = held((b) =>
    b.stage('work', async (n) => n, { ack: 'handled' }).stage('next', async (n) => n),
  )
  input.deliver([1])
  expect(input.settled).toEqual([])
  await settled()
  expect(output.values).toEqual([1])
  expect(input.outcomes).toEqual(['delivered'])
  output.offered[0]?.ticket?.settle('failed')
  expect(input.outcomes).toEqual(['delivered'])
})

test("a pattern's own ack 'handled' holds for what comes by it", () => {
  const { input, output } = held(undefined, new HandPattern({ ack: 'handled' }))
  input.deliver([1])
  expect(output.values).toEqual([1])
  expect(input.outcomes).toEqual(['delivered'])
})

test("with ack 'handled' a handler's failure is still told", async () => {
  const { input } = held((b) => b.stage('work', () => Promise.reject(new Error('boom')), { ack: 'handled' }))
  input.deliver([1])
  await settled()
  expect(input.outcomes).toEqual(['failed'])
})

test('a handler sees when its sender calls the message off', async () => {
  const calls = [new AbortController(), new AbortController()]
  const seen: unknown[] = []
  const { input } = held((b) =>
    b.stage(
      'work',
      (n, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            seen.push([n, signal.reason])
            reject(signal.reason as Error)
          })
        }),
      { concurrency: 2 },
    ),
  )
  input.deliver([0, 1], { signal: (index) => calls[index]?.signal })
  calls[1]?.abort('no longer wanted')
  await settled()
  expect(seen).toEqual([[1, 'no longer wanted']])
  expect(input.settled).toMatchObject([{ value: 1, outcome: 'failed' }])
})

test('a message that was called off before it was begun is begun with an aborted signal', async () => {
  const { input } = held((b) => b.stage('work', (n, { signal }) => (signal.aborted ? undefined : n)))
  input.deliver([1], { signal: () => AbortSignal.abort('gone') })
  await settled()
  expect(input.outcomes).toEqual(['delivered'])
})

test('close leaves what is held and at work unsettled, and aborts its signals', async () => {
  const reasons: unknown[] = []
  const { input, output, host, clock } = held((b) =>
    b.stage('work', (n, { signal }) => {
      if (n === 1) return n
      signal.addEventListener('abort', () => reasons.push(signal.reason))
      return new Promise((_, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      )
    }),
  )
  input.deliver([1, 2, 3])
  await settled()
  const reason = new ClosedError('enough')
  await host.close(reason)
  await expect(host.done).rejects.toBe(reason)
  output.offered[0]?.ticket?.settle('delivered')
  await settled()
  expect(reasons).toEqual([reason])
  expect(input.settled).toEqual([])
  expect([input.state, output.state]).toEqual(['closed', 'closed'])
  expect(clock.pending).toBe(0)
})

test('close ends pauses between attempts', async () => {
  const { input, host, clock } = held((b) =>
    b.stage('work', () => Promise.reject(new Error('boom')), { attempts: 5 }),
  )
  input.deliver([1])
  await settled()
  expect(clock.pending).toBe(1)
  await host.close()
  expect(clock.pending).toBe(0)
  expect(input.settled).toEqual([])
})

test('a handler that goes on after close is not heard', async () => {
  const late = Promise.withResolvers<number>()
  const { input, output, host } = held((b) => b.stage('work', () => late.promise))
  input.deliver([1, 2])
  await host.close()
  output.throws = () => new ClosedError('closed')
  late.resolve(7)
  await settled()
  expect(output.values).toEqual([])
  expect(input.settled).toEqual([])
})

test('a message that nobody waits for any more is not begun, and lets the next of its key go', async () => {
  const first = Promise.withResolvers<void>()
  const begun: number[] = []
  const { input } = hosted((b) =>
    b.stage('work', async (n) => {
      begun.push(n)
      if (n === 1) await first.promise
      return n
    }),
  )
  let isOver = false
  input.deliver([1, 2, 3], { stale: (index) => isOver && index < 2 })
  input.deliver([4])
  isOver = true
  first.resolve()
  await settled()
  expect(begun).toEqual([1, 3, 4])
  expect(input.settled.map(({ value, outcome }) => [value, outcome])).toEqual([
    [1, 'delivered'],
    [2, 'undelivered'],
    [3, 'delivered'],
    [4, 'delivered'],
  ])
  expect(input.twice).toEqual([])
})
