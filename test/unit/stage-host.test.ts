import { expect, test } from 'vitest'
import { defaultLimits, LinkError, openHost, pipeline, systemClock } from '@sluice/core'
import type { Pipeline } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hosted, hostOf } from '../support/hosted.ts'

/** Two links that merge into the stage `all`. */
function merging(): { whole: Pipeline; inbound: [HandPattern, HandPattern] } {
  const inbound: [HandPattern, HandPattern] = [new HandPattern(), new HandPattern()]
  const whole = pipeline('merging')
    .source('from', () => [1])
    .branch({
      a: (b) =>
        b
          .stage('a', (n) => n)
          .link(new HandPattern())
          .stage('aa', (n) => n),
      b: (b) =>
        b
          .stage('b', (n) => n)
          .link(new HandPattern())
          .stage('bb', (n) => n),
    })
    .merge()
    .link(inbound[0])
    .sink('all', () => undefined)
  return { whole, inbound }
}

test('the end flows on: what is held is handled, links are drained, receivers last', async () => {
  const gate = Promise.withResolvers<void>()
  const { host, input, output } = hosted((b) => b.stage('work', async (n) => gate.promise.then(() => n)))
  input.deliver([1, 2])
  input.end()
  await settled()
  expect([input.state, output.state]).toEqual(['open', 'open'])
  gate.resolve()
  const report = await host.done
  expect(output.values).toEqual([1, 2])
  expect([input.state, output.state]).toEqual(['drained', 'drained'])
  expect(report).toMatchObject({
    group: 'work',
    replica: 0,
    stages: { work: { in: 2, out: 2, running: 0, waiting: 0 } },
    links: { 'from:work': { receiver: { received: 2 } }, 'work:to': { sender: { accepted: 2 } } },
  })
  expect(JSON.parse(JSON.stringify(report))).toEqual(report)
})

test('what is behind is told of the last message before its ack came back, and of the end only then', async () => {
  const { host, input, output } = hosted((b) => b.stage('work', (n) => n))
  output.settles = undefined
  input.deliver([1])
  input.end()
  await settled()
  expect([output.isLull, input.state, output.state]).toEqual([true, 'open', 'open'])
  output.offered[0]?.ticket?.settle('delivered')
  await host.done
  expect([input.state, output.state]).toEqual(['drained', 'drained'])
})

test('asks whoever is behind for its acks when they hold up a sender, and not before', async () => {
  const { host, input, output } = hosted((b) => b.stage('work', (n) => n))
  output.settles = undefined
  const handled: number[] = []
  const half = (index: number): boolean => handled.push(index) === 2
  input.deliver([1], { handled: half })
  expect([handled, output.hastened]).toEqual([[0], 0])
  input.deliver([2], { handled: half })
  expect([handled, output.hastened]).toEqual([[0, 0], 1])
  await host.close()
})

test('what another receiver lost is handled though the last message had come', async () => {
  const { host, input, output } = hosted((b) => b.stage('work', (n) => n))
  output.settles = undefined
  input.deliver([1])
  input.end()
  await settled()
  input.deliver([2], { redelivered: true })
  await settled()
  expect(output.values).toEqual([1, 2])
  for (const { ticket } of output.offered) ticket?.settle('delivered')
  await host.done
  expect(input.outcomes).toEqual(['delivered', 'delivered'])
})

test('a link that cannot tell its last message ends by its last settlement', async () => {
  const { host, input, output } = hosted((b) => b.stage('work', (n) => n))
  input.tellsLast = false
  output.settles = undefined
  input.deliver([1])
  input.end()
  await settled()
  expect(output.state).toBe('open')
  output.offered[0]?.ticket?.settle('delivered')
  await host.done
  expect([input.state, output.state]).toEqual(['drained', 'drained'])
})

test('a stage behind several links ends when all of them have', async () => {
  const { whole, inbound } = merging()
  const { host } = hostOf(whole, 'all')
  host.start()
  const [first, second] = inbound[0].receivers
  first?.deliver([1])
  first?.end()
  await settled()
  second?.deliver([2, 3])
  second?.end()
  const { stages } = await host.done
  expect(stages['all']).toMatchObject({ in: 3 })
  expect([first?.state, second?.state]).toEqual(['drained', 'drained'])
})

test('several links into one stage share its handlers in the order of arrival', () => {
  const { whole, inbound } = merging()
  const { host } = hostOf(whole, 'all')
  host.start()
  const [first, second] = inbound[0].receivers
  first?.deliver([1, 2])
  second?.deliver([3])
  expect(host.stats().stages['all']).toMatchObject({ in: 3 })
  expect([first?.settled.length, second?.settled.length]).toEqual([2, 1])
})

test('noMoreSenders reaches the link that it names', async () => {
  const { whole, inbound } = merging()
  const { host } = hostOf(whole, 'all')
  host.start()
  host.noMoreSenders('aa:all')
  host.noMoreSenders('bb:all')
  await host.done
  expect(inbound[0].receivers.map(({ state }) => state)).toEqual(['drained', 'drained'])
})

test('each link is opened at the place that the spec gives it', async () => {
  const links = [new HandPattern(), new HandPattern()] as const
  const whole = pipeline('places')
    .source('from', () => [1])
    .link(links[0])
    .stage('work', (n) => n, { concurrency: 4 })
    .link(links[1])
    .sink('to', () => 1)
  const host = openHost(
    whole.graph,
    {
      group: 'work',
      replica: 2,
      links: {
        'from:work': { bind: ['memory://in'], connect: [], senders: 3, trusted: true },
        'work:to': { bind: [], connect: ['tcp://10.0.0.1:5555'], senders: undefined, trusted: false },
      },
    },
    {
      ports: {
        open: () => {
          throw new Error('none')
        },
      },
      clock: systemClock,
      limits: defaultLimits,
      log: () => {},
    },
  )
  expect(links[0].receivers[0]?.site).toMatchObject({
    bind: ['memory://in'],
    connect: [],
    senders: 3,
    trusted: true,
    identity: 'work/2',
    concurrency: 5,
  })
  expect(links[1].senders[0]?.site).toMatchObject({
    bind: [],
    connect: ['tcp://10.0.0.1:5555'],
    senders: undefined,
    trusted: false,
    identity: 'work/2',
  })
  expect(await host.ready).toEqual({ 'from:work': ['memory://in'], 'work:to': [] })
  await host.close()
})

test('connected waits for a receiver on every outbound link', async () => {
  const { host, output } = hosted((b) => b.stage('work', (n) => n))
  const { promise, resolve } = Promise.withResolvers<void>()
  output.receiver = promise
  let connected = false
  const wait = host.connected().then(() => (connected = true))
  await settled()
  expect(connected).toBe(false)
  resolve()
  await wait
})

test('a link that breaks fails the host, and closes the others', async () => {
  const { host, input, output } = hosted((b) => b.stage('work', (n) => n))
  const broken = new LinkError('the address is in use')
  output.closing.resolve(broken)
  await expect(host.done).rejects.toBe(broken)
  expect([input.state, output.state]).toEqual(['closed', 'closed'])
})

test('close twice is close once, and close after the end changes nothing', async () => {
  const { host, input } = hosted((b) => b.stage('work', (n) => n))
  input.end()
  const report = await host.done
  await host.close()
  await host.close(new Error('late'))
  expect(await host.done).toBe(report)
})

test("a sink's end() that fails, fails the host and says where", async () => {
  const inbound = new HandPattern()
  const whole = pipeline('ends')
    .source('from', () => [1])
    .link(inbound)
    .sink('work', { take: () => 1, end: () => Promise.reject(new Error('disk full')) })
  const { host } = hostOf(whole, 'work')
  host.start()
  inbound.receivers[0]?.end()
  await expect(host.done).rejects.toThrow("stage 'work' failed at its end: disk full")
})

test('a group that is not there, and a link without a place, are refused', () => {
  const whole = pipeline('refused')
    .source('from', () => [1])
    .link(new HandPattern())
    .sink('to', () => 1)
  expect(() => hostOf(whole, 'form')).toThrow(/there is no group 'form' \(did you mean from\?\)/)
  const environment = {
    ports: {
      open: () => {
        throw new Error('none')
      },
    },
    clock: systemClock,
    limits: defaultLimits,
    log: () => {},
  }
  expect(() => openHost(whole.graph, { group: 'to', replica: 0, links: {} }, environment)).toThrow(
    "pipeline 'refused': no place was given for the link 'from:to' of 'to'",
  )
})
