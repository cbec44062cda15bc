import fc from 'fast-check'
import { expect, test } from 'vitest'
import { pipeline } from '@sluice/core'
import type { Outcome } from '@sluice/core'
import { HandClock, settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import { hostOf } from '../support/hosted.ts'

/** What a handler does with one attempt at one message. */
type Deed =
  | 'value'
  | 'promise'
  | 'nothing'
  | 'throws'
  | 'rejects'
  | 'late'
  | 'hangs'
  | 'stream'
  | 'async stream'
  | 'broken stream'
  | 'slow stream'

const deed = fc.constantFrom<Deed>(
  'value',
  'promise',
  'nothing',
  'throws',
  'rejects',
  'late',
  'hangs',
  'stream',
  'async stream',
  'broken stream',
  'slow stream',
)

interface Emission {
  readonly of: number
  readonly part: number
}

/** What a link does with what it is offered. */
interface LinkDeed {
  readonly waits: boolean
  readonly outcome: Outcome
}

const linkDeed: fc.Arbitrary<LinkDeed> = fc.record({
  waits: fc.boolean(),
  outcome: fc.constantFrom<Outcome>('delivered', 'dropped', 'deadLettered', 'failed'),
})

const settings = fc.record({
  concurrency: fc.integer({ min: 1, max: 5 }),
  ordered: fc.boolean(),
  attempts: fc.integer({ min: 1, max: 3 }),
  buries: fc.boolean(),
  batch: fc.option(fc.integer({ min: 1, max: 4 }), { nil: undefined }),
})

interface Plan {
  readonly first: typeof settings extends fc.Arbitrary<infer S> ? S : never
  readonly deeds: readonly Deed[]
  readonly fusedDeeds: readonly Deed[]
  readonly links: readonly LinkDeed[]
  readonly deliveries: readonly number[]
  readonly early: boolean
}

const plan: fc.Arbitrary<Plan> = fc.record({
  first: settings,
  deeds: fc.array(deed, { minLength: 1, maxLength: 12 }),
  fusedDeeds: fc.array(deed, { minLength: 1, maxLength: 12 }),
  links: fc.array(linkDeed, { minLength: 1, maxLength: 6 }),
  deliveries: fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 6 }),
  early: fc.boolean(),
})

/** A handler that does what `deeds` says, in turn. */
function acting(deeds: readonly Deed[], clock: HandClock): (message: Emission) => unknown {
  let calls = 0
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve))
  const part = (message: Emission, n: number): Emission => ({ of: message.of, part: message.part * 10 + n })
  return (message) => {
    switch (deeds[calls++ % deeds.length]) {
      case 'promise':
        return Promise.resolve(part(message, 0))
      case 'nothing':
        return undefined
      case 'throws':
        throw new Error('throws')
      case 'rejects':
        return Promise.reject(new Error('rejects'))
      case 'late':
        return pause(7).then(() => part(message, 0))
      case 'hangs':
        return new Promise(() => {})
      case 'stream':
        return [part(message, 1), part(message, 2)].values()
      case 'async stream':
        return (async function* () {
          yield part(message, 1)
          yield part(message, 2)
        })()
      case 'broken stream':
        return (function* () {
          yield part(message, 1)
          throw new Error('broken')
        })()
      case 'slow stream':
        return (async function* () {
          yield part(message, 1)
          await pause(3)
          yield part(message, 2)
        })()
      case 'value':
      case undefined:
      default:
        return part(message, 0)
    }
  }
}

function open({ first, deeds, fusedDeeds, early }: Plan) {
  const inbound = new HandPattern()
  const outputs = [new HandPattern(), new HandPattern()] as const
  const clock = new HandClock()
  const { concurrency, ordered, attempts, buries, batch } = first
  const backoff = { initialMs: 5, jitter: 0 }
  const options = {
    concurrency,
    ordered,
    attempts,
    backoff,
    timeoutMs: 20,
    ...(early ? { ack: 'handled' as const } : {}),
  }
  const call = acting(deeds, clock)
  const begun = pipeline('settlement')
    .source('from', (): Emission[] => [])
    .link(inbound)
  const work =
    batch === undefined
      ? begun.stage('work', (message) => call(message) as Emission, {
          ...options,
          ...(buries ? { deadLetter: () => {} } : {}),
        })
      : begun.stage('work', ([message = { of: -1, part: 0 }]: Emission[]) => call(message) as Emission, {
          ...options,
          batch: { size: batch, withinMs: 4 },
        })
  const whole = work.branch({
    near: (b) => b.link(outputs[0]).sink('near', () => 1),
    far: (b) =>
      b
        .stage('fused', acting(fusedDeeds, clock), { concurrency: 2, timeoutMs: 20 })
        .link(outputs[1])
        .sink('far', () => 1),
  })
  return { inbound, outputs, ...hostOf(whole, 'work', clock) }
}

/** Makes a sender do with its offers what `links` says, in turn; what waits is taken and settled a little later. */
function act(pattern: HandPattern, links: readonly LinkDeed[], clock: HandClock): void {
  const [sender] = pattern.senders
  if (sender === undefined) throw new Error('no sender was opened')
  let offers = 0
  sender.settles = undefined
  sender.takes = () => {
    const at = offers++
    const { waits, outcome } = links[at % links.length] ?? { waits: false, outcome: 'delivered' }
    clock.after(waits ? 2 : 1, () => {
      const offer = sender.offered[at]
      if (waits) offer?.take()
      clock.after(1, () => offer?.ticket?.settle(outcome))
    })
    return !waits
  }
}

function emissions(from: number, count: number): Emission[] {
  return Array.from({ length: count }, (_, n) => ({ of: from + n, part: 0 }))
}

test('every inbound message is settled once and what is emitted keeps its order, whatever handlers and links do', async () => {
  await fc.assert(
    fc.asyncProperty(plan, async (given) => {
      const { inbound, outputs, clock, host } = open(given)
      for (const pattern of outputs) act(pattern, given.links, clock)
      host.start()
      const [input] = inbound.receivers
      if (input === undefined) throw new Error('no receiver was opened')
      let next = 0
      for (const count of given.deliveries) {
        input.deliver(emissions(next, count))
        next += count
        await settled()
      }
      input.end()
      const closed = host.done.then(() => true)
      for (let step = 0; step < 400 && input.settled.length < next; step++) await clock.pass(5)
      expect(input.twice).toEqual([])
      expect(input.settled.map(({ value }) => (value as Emission).of).toSorted((a, b) => a - b)).toEqual(
        Array.from({ length: next }, (_, n) => n),
      )
      for (let step = 0; step < 20; step++) await clock.pass(5)
      expect(await closed).toBe(true)
      const { ordered, concurrency, attempts } = given.first
      const emitted = (outputs[0].senders[0]?.values ?? []).map((value) => (value as Emission).of)
      // What is tried again lets those behind it pass.
      if ((ordered || concurrency === 1) && attempts === 1)
        expect(emitted).toEqual(emitted.toSorted((a, b) => a - b))
      const { work, fused } = host.stats().stages
      expect(work).toMatchObject({ in: next, running: 0, waiting: 0 })
      expect(fused).toMatchObject({ running: 0, waiting: 0 })
    }),
    { numRuns: 300 },
  )
})

test('a host that is closed at any moment settles nothing twice and nothing afterwards', async () => {
  await fc.assert(
    fc.asyncProperty(plan, fc.integer({ min: 0, max: 12 }), async (given, steps) => {
      const { inbound, outputs, clock, host } = open(given)
      for (const pattern of outputs) act(pattern, given.links, clock)
      host.start()
      const [input] = inbound.receivers
      if (input === undefined) throw new Error('no receiver was opened')
      for (const count of given.deliveries) input.deliver(emissions(0, count))
      for (let step = 0; step < steps; step++) await clock.pass(3)
      const reason = new Error('enough')
      const closing = host.close(reason)
      const before = input.settled.length
      await closing
      await expect(host.done).rejects.toBe(reason)
      for (let step = 0; step < 30; step++) await clock.pass(5)
      expect(input.twice).toEqual([])
      expect(input.settled.length).toBe(before)
    }),
    { numRuns: 200 },
  )
})
