import { expect, test } from 'vitest'
import { pipeline } from '@sluice/core'
import type { Headers, StageContext } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'

test('a value is one message, an array too', () => {
  const { input, output, host } = hosted((b) => b.stage('work', (n) => [n, n * 2]))
  input.deliver([1, 2])
  expect(output.values).toEqual([
    [1, 2],
    [2, 4],
  ])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 2, filtered: 0, running: 0, waiting: 0 })
})

test('null, false, zero and the empty text are messages', () => {
  const { input, output } = hosted((b) => b.stage('work', (n) => [null, false, 0, ''][n]))
  input.deliver([0, 1, 2, 3])
  expect(output.values).toEqual([null, false, 0, ''])
})

test('undefined is filtered, and the message settled at once', () => {
  const { input, output, host } = hosted((b) => b.stage('work', (n) => (n > 1 ? n : undefined)))
  input.deliver([1, 2])
  expect(output.values).toEqual([2])
  expect(input.outcomes).toEqual(['delivered', 'delivered'])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 1, filtered: 1 })
})

test('a promise is awaited; one of undefined is filtered', async () => {
  const { input, output, host } = hosted((b) => b.stage('work', async (n) => (n > 1 ? n * 10 : undefined)))
  input.deliver([1, 2, 3])
  await settled()
  expect(output.values).toEqual([20, 30])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 2, filtered: 1, running: 0 })
})

test('a generator is as many messages as it yields', async () => {
  const { input, output, host } = hosted((b) =>
    b.stage('work', function* (n) {
      for (let i = 0; i < n; i++) yield `${n}.${i}`
    }),
  )
  input.deliver([0, 1, 2])
  await settled()
  expect(output.values).toEqual(['1.0', '2.0', '2.1'])
  expect(host.stats().stages['work']).toMatchObject({ in: 3, out: 3, filtered: 1 })
  expect(input.outcomes).toEqual(['delivered', 'delivered', 'delivered'])
})

test('an async generator, an iterator of an array and a promise of either are as many messages', async () => {
  const each = async function* (n: number): AsyncGenerator<number | undefined> {
    yield n
    yield undefined
    yield n + 1
  }
  const results = [each(10), [20, 21].values(), Promise.resolve(each(30)), Promise.resolve([40, 41].values())]
  const { input, output } = hosted((b) => b.stage('work', (n) => results[n]))
  input.deliver([0, 1, 2, 3])
  await settled()
  expect(output.values).toEqual([10, 11, 20, 21, 30, 31, 40, 41])
})

test('promises that a generator yields are awaited', async () => {
  const { input, output } = hosted((b) =>
    b.stage('work', function* (n) {
      yield Promise.resolve(n)
      yield Promise.resolve(n * 2)
    }),
  )
  input.deliver([1])
  await settled()
  expect(output.values).toEqual([1, 2])
})

test('fused neighbours are called with what the one before gives', () => {
  const { input, output, host } = hosted((b) =>
    b
      .stage('work', (n) => n + 1)
      .stage('odd', (n) => (n % 2 === 1 ? n : undefined))
      .stage('text', (n) => `#${n}`),
  )
  input.deliver([1, 2, 3, 4])
  expect(output.values).toEqual(['#3', '#5'])
  const { work, odd, text } = host.stats().stages
  expect([work, odd, text].map((stage) => [stage?.in, stage?.out, stage?.filtered])).toEqual([
    [4, 4, 0],
    [4, 2, 2],
    [2, 2, 0],
  ])
})

test('a handler is told its message, headers, attempt, stage and replica', () => {
  const seen: Partial<StageContext>[] = []
  const { input } = hosted((b) =>
    b.stage('work', (n, { headers, attempt, stage, replica, redelivered, signal }) => {
      seen.push({ headers, attempt, stage, replica, redelivered })
      return signal.aborted ? undefined : n
    }),
  )
  input.deliver([1, 2], { headers: [{ traceparent: '00-ab' }, undefined], redelivered: true })
  expect(seen).toEqual([
    { headers: { traceparent: '00-ab' }, attempt: 1, stage: 'work', replica: 0, redelivered: true },
    { headers: {}, attempt: 1, stage: 'work', replica: 0, redelivered: true },
  ])
})

test("headers go on with what is emitted, save those that are one hop's own", () => {
  const { input, output } = hosted((b) => b.stage('work', (n) => n))
  const headers: (Headers | undefined)[] = [
    { tracestate: 'a=1', mine: 7, attempt: 2, id: 9, deadline: 5 },
    { attempt: 3 },
    undefined,
  ]
  input.deliver([1, 2, 3], { headers })
  expect(output.offered.map((offer) => offer.headers)).toEqual([
    { tracestate: 'a=1', mine: 7, deadline: 5 },
    undefined,
    undefined,
  ])
})

test('log lines carry the stage, the replica and a level', () => {
  const { input, lines } = hosted((b) =>
    b.stage('work', (n, { log }) => {
      log(`took ${n}`)
      log.warn('slow', { n })
    }),
  )
  input.deliver([1])
  expect(lines).toEqual([
    { level: 'info', stage: 'work', replica: 0, text: 'took 1' },
    { level: 'warn', stage: 'work', replica: 0, text: 'slow', data: { n: 1 } },
  ])
})

test('what a sink gives back is awaited and thrown away', async () => {
  const inbound = new HandPattern()
  const pulled: number[] = []
  const whole = pipeline('sinks')
    .source('from', () => [1])
    .link(inbound)
    .sink('work', async function* (n) {
      pulled.push(n)
      yield n
      pulled.push(-n)
    })
  const { host } = hostOf(whole, 'work')
  host.start()
  inbound.receivers[0]?.deliver([1, 2])
  await settled()
  expect(pulled).toEqual([1, -1, 2, -2])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 0, filtered: 0, running: 0 })
})

test('a sink may be an object, whose end() is called after the last message', async () => {
  const inbound = new HandPattern()
  const seen: unknown[] = []
  const sink = {
    sum: 0,
    take(n: number) {
      this.sum += n
    },
    async end() {
      await settled()
      seen.push(this.sum)
    },
  }
  const whole = pipeline('sinks')
    .source('from', () => [1])
    .link(inbound)
    .sink('work', sink)
  const { host } = hostOf(whole, 'work')
  host.start()
  inbound.receivers[0]?.deliver([1, 2, 3])
  expect(seen).toEqual([])
  inbound.receivers[0]?.end()
  await host.done
  expect(seen).toEqual([6])
})

test('every message goes to every branch', () => {
  const inbound = new HandPattern()
  const outputs = [new HandPattern(), new HandPattern()] as const
  const whole = pipeline('fan')
    .source('from', () => [1])
    .link(inbound)
    .stage('work', (n) => n)
    .branch({
      plain: (b) => b.link(outputs[0]).sink('plain', () => 1),
      doubled: (b) =>
        b
          .stage('double', (n) => n * 2)
          .link(outputs[1])
          .sink('doubled', () => 1),
    })
  const { host } = hostOf(whole, 'work')
  host.start()
  inbound.receivers[0]?.deliver([1, 2])
  expect(outputs.map(({ senders }) => senders[0]?.values)).toEqual([
    [1, 2],
    [2, 4],
  ])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 2 })
})

test('a route names the branches; none filters, and an unknown one is a failure that says so', async () => {
  const inbound = new HandPattern()
  const outputs = [new HandPattern(), new HandPattern()] as const
  const routes = ['odd', ['odd', 'even'], undefined, [], 'neither'] as const
  const whole = pipeline('fan')
    .source('from', () => [1])
    .link(inbound)
    .stage('work', (n) => n)
    .branch(
      {
        odd: (b) => b.link(outputs[0]).sink('odd', () => 1),
        even: (b) => b.link(outputs[1]).sink('even', () => 1),
      },
      { route: (n) => routes[n] as 'odd' },
    )
  const { host, lines } = hostOf(whole, 'work')
  host.start()
  inbound.receivers[0]?.deliver([0, 1, 2, 3, 4])
  await settled()
  expect(outputs.map(({ senders }) => senders[0]?.values)).toEqual([[0, 1], [1]])
  expect(host.stats().stages['work']).toMatchObject({ in: 5, out: 2, filtered: 2, failed: 1 })
  expect(lines.map(({ text }) => text)).toEqual([
    'failed on a message: the route of \'work\' named the branch "neither"; its branches are odd, even',
  ])
})
