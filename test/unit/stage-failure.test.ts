import { expect, test } from 'vitest'
import { ClosedError, EncodeError, LinkError, pipeline, SluiceError, StateError } from '@sluice/core'
import type { DeadLetter, StageOptions } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'
import type { Hosted } from '../support/hosted.ts'

const exact = { initialMs: 100, factor: 2, maxMs: 300, jitter: 0 }
const boom = (n: number | string): never => {
  throw new Error(`boom ${n}`)
}

function failing(handler: (n: number) => unknown, options?: StageOptions<number>): Hosted {
  return hosted((b) => b.stage('work', handler, options))
}

test('a handler that throws fails its message, and the stage goes on', async () => {
  const { input, output, host, lines } = failing((n) => (n === 2 ? boom(n) : n))
  input.deliver([1, 2, 3])
  await settled()
  expect(output.values).toEqual([1, 3])
  expect(input.settled).toEqual([
    { value: 1, outcome: 'delivered', error: undefined },
    { value: 2, outcome: 'failed', error: new Error('boom 2') },
    { value: 3, outcome: 'delivered', error: undefined },
  ])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 2, failed: 1, running: 0 })
  expect(lines).toEqual([{ level: 'error', stage: 'work', replica: 0, text: 'failed on a message: boom 2' }])
})

test.each([
  ['a promise that rejects', async () => boom('async')],
  [
    'a generator that throws',
    function* () {
      yield* [boom('generator')]
    },
  ],
  [
    'an async generator that throws',
    async function* () {
      yield boom('stream')
    },
  ],
  [
    'a promise that a generator yields and that rejects',
    function* () {
      yield Promise.reject(new Error('boom yielded'))
    },
  ],
  ['an iterator that is broken', () => ({ [Symbol.asyncIterator]: () => boom('iterator') })],
  ['a thenable that throws', () => ({ then: () => boom('then') })],
])('%s fails its message', async (_, handler: () => unknown) => {
  const { input, host } = failing(handler)
  input.deliver([1])
  await settled()
  expect(input.outcomes).toEqual(['failed'])
  expect(input.settled[0]?.error?.message).toMatch(/^boom/)
  expect(host.stats().stages['work']).toMatchObject({ failed: 1, running: 0 })
})

test("errors of links that are the handler's own are failures like any other", async () => {
  const errors = [new ClosedError('its requester'), new LinkError('its socket'), new StateError('its puller')]
  const { input, output, host } = failing((n) => {
    throw errors[n] as Error
  })
  input.deliver([0, 1, 2])
  await settled()
  expect(input.settled.map(({ error }) => error)).toEqual(errors)
  expect(host.stats().stages['work']).toMatchObject({ failed: 3, running: 0 })
  expect(output.state).toBe('open')
})

test('what is thrown and is no error becomes one that keeps it as its cause', async () => {
  const { input } = failing(() => {
    throw 'just text'
  })
  input.deliver([1])
  await settled()
  expect(input.settled[0]?.error).toMatchObject({ message: 'just text', cause: 'just text' })
})

test('a message is tried as often as attempts says, with growing pauses', async () => {
  const attempts: [number, number][] = []
  const { input, output, clock, host } = hosted((b) =>
    b.stage(
      'work',
      (n, { attempt }) => {
        attempts.push([attempt, clock.now()])
        return attempt < 4 ? boom(n) : n
      },
      { attempts: 4, backoff: exact },
    ),
  )
  input.deliver([7])
  await clock.pass(1_000)
  expect(attempts).toEqual([
    [1, 0],
    [2, 100],
    [3, 300],
    [4, 600],
  ])
  expect(output.values).toEqual([7])
  expect(host.stats().stages['work']).toMatchObject({ in: 1, out: 1, retried: 3, failed: 0 })
})

test('pauses are shortened by chance, at most by the share of jitter', async () => {
  const at: number[] = []
  const { input, clock } = failing(
    () => {
      at.push(clock.now())
      return boom(1)
    },
    { attempts: 2, backoff: { initialMs: 100, jitter: 0.5 } },
  )
  for (let n = 0; n < 20; n++) {
    const begun = clock.now()
    at.length = 0
    input.deliver([n])
    await clock.pass(100)
    expect((at[1] ?? 0) - begun).toBeGreaterThanOrEqual(50)
    expect((at[1] ?? 0) - begun).toBeLessThanOrEqual(100)
  }
})

test('a dead letter has the message, its headers, the error and the attempts', async () => {
  const letters: DeadLetter<number>[] = []
  const { input, output, clock, host, lines } = hosted((b) =>
    b.stage('work', boom, { attempts: 2, backoff: exact, deadLetter: (letter) => void letters.push(letter) }),
  )
  input.deliver([7], { headers: [{ mine: 1 }] })
  await clock.pass(100)
  expect(letters).toEqual([
    {
      id: expect.any(String),
      message: 7,
      headers: { mine: 1 },
      error: new Error('boom 7'),
      stage: 'work',
      replica: 0,
      attempts: 2,
      firstFailedAt: new Date(0),
      failedAt: new Date(100),
    },
  ])
  expect(output.values).toEqual([])
  expect(input.settled).toEqual([{ value: 7, outcome: 'deadLettered', error: new Error('boom 7') }])
  expect(host.stats().stages['work']).toMatchObject({ deadLettered: 1, failed: 0, retried: 1 })
  expect(lines).toMatchObject([{ level: 'warn', text: 'dead-lettered a message after 2 attempts: boom 7' }])
})

test('a dead-letter sink may be an object, which is told of the end', async () => {
  const seen: unknown[] = []
  const deadLetter = {
    take: async ({ message }: DeadLetter<number>) => {
      await settled()
      seen.push(message)
    },
    end: () => void seen.push('end'),
  }
  const { input, host } = failing(boom, { deadLetter })
  input.deliver([1, 2])
  input.end()
  await host.done
  expect(seen).toEqual([1, 2, 'end'])
})

test('a dead-letter sink that fails leaves the message counted as failed', async () => {
  const { input, host, lines } = failing(boom, { deadLetter: () => Promise.reject(new Error('disk full')) })
  input.deliver([1])
  await settled()
  expect(input.settled).toEqual([{ value: 1, outcome: 'failed', error: new Error('boom 1') }])
  expect(host.stats().stages['work']).toMatchObject({ deadLettered: 0, failed: 1 })
  expect(lines.map(({ text }) => text)).toEqual([
    'the dead-letter sink refused a message: disk full',
    'failed on a message: boom 1',
  ])
})

test("onError 'stop' ends the host with the stage and the reason", async () => {
  const { input, output, host } = failing((n) => (n === 2 ? boom(n) : n), { onError: 'stop' })
  input.deliver([1, 2, 3])
  await expect(host.done).rejects.toThrow("stage 'work' failed on a message, and onError is 'stop': boom 2")
  await expect(host.done).rejects.toMatchObject({ code: 'ERR_SLUICE_STAGE', cause: new Error('boom 2') })
  expect([input.state, output.state]).toEqual(['closed', 'closed'])
})

test('a result that cannot be encoded fails its message, with the stage, the link and the path', async () => {
  const { input, output, host } = failing((n) => ({ n }))
  output.throws = (value) =>
    (value as { n: number }).n === 1 ? new EncodeError('$.n', 'a function cannot be encoded') : undefined
  input.deliver([1, 2])
  await settled()
  expect(output.values).toEqual([{ n: 2 }])
  expect(input.settled[0]).toMatchObject({ value: 1, outcome: 'failed' })
  const error = input.settled[0]?.error
  expect(error).toBeInstanceOf(EncodeError)
  expect(error).toMatchObject({
    path: '$.n',
    message:
      "stage 'work' emitted what the link 'work:to' cannot carry, at $.n: a function cannot be encoded",
  })
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 1, failed: 1 })
})

test('a refused offer is a failure too, and is tried again', async () => {
  const { input, output, clock, host } = failing((n) => n, { attempts: 2, backoff: exact })
  output.takes = false
  input.deliver([1])
  output.offered[0]?.refuse(new SluiceError('ERR_SLUICE_FULL', 'no room'))
  await settled()
  output.takes = true
  await clock.pass(100)
  expect(output.values).toEqual([1, 1])
  expect(host.stats().stages['work']).toMatchObject({ retried: 1, out: 1 })
  expect(input.outcomes).toEqual(['delivered'])
})

test('a fused neighbour that fails is counted there, and its message fails', async () => {
  const { input, output, host } = hosted((b) =>
    b.stage('work', (n) => n).stage('next', (n) => (n === 1 ? boom(n) : n)),
  )
  input.deliver([1, 2])
  await settled()
  expect(output.values).toEqual([2])
  expect(host.stats().stages).toMatchObject({
    work: { out: 2, failed: 0 },
    next: { in: 2, out: 1, failed: 1 },
  })
  expect(input.outcomes.toSorted()).toEqual(['delivered', 'failed'])
})

test('a source that throws ends the host, which says which', async () => {
  const whole = pipeline('sources')
    .source('work', function* () {
      yield 1
      throw new Error('no more water')
    })
    .link(new HandPattern())
    .sink('to', () => 1)
  const { host } = hostOf(whole, 'work')
  host.start()
  await expect(host.done).rejects.toThrow("source 'work' failed: no more water")
})
