import { expect, test } from 'vitest'
import { EncodeError, pipeline } from '@sluice/core'
import type { Source, SourceContext } from '@sluice/core'
import { settled } from '../support/hand-clock.ts'
import { HandPattern } from '../support/hand-link.ts'
import type { HandSender } from '../support/hand-link.ts'
import { hostOf } from '../support/hosted.ts'

function sourced(produce: Source<unknown>): ReturnType<typeof hostOf> & { output: HandSender } {
  const outbound = new HandPattern()
  const whole = pipeline('sources')
    .source('work', produce)
    .link(outbound)
    .sink('to', () => 1)
  const opened = hostOf(whole, 'work')
  const [output] = outbound.senders
  if (output === undefined) throw new Error('no sender was opened')
  return { ...opened, output }
}

/** Counts from 1, and writes down what it was asked for and that it was told to return. */
function counting(): { pulled: number[]; returned: () => boolean; produce: () => Generator<number> } {
  const pulled: number[] = []
  let returned = false
  return {
    pulled,
    returned: () => returned,
    *produce() {
      try {
        for (let n = 1; ; n++) {
          pulled.push(n)
          yield n
        }
      } finally {
        returned = true
      }
    },
  }
}

test('nothing is pulled before start', async () => {
  const { pulled, produce } = counting()
  const { host, output } = sourced(produce)
  output.takes = false
  await settled()
  expect(pulled).toEqual([])
  host.start()
  expect(pulled).toEqual([1])
})

test('the next message is pulled only when the last was taken', async () => {
  const { pulled, produce } = counting()
  const { host, output } = sourced(produce)
  output.takes = (n) => n === 1
  host.start()
  await settled()
  expect(pulled).toEqual([1, 2])
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 1, running: 1 })
  output.offered[1]?.take()
  await settled()
  expect(pulled).toEqual([1, 2, 3])
})

test.each<[string, () => unknown, unknown[]]>([
  ['an array', () => [1, 2], [1, 2]],
  [
    'a generator',
    function* () {
      yield* [1, 2]
    },
    [1, 2],
  ],
  [
    'an async generator',
    async function* () {
      yield* [1, 2]
    },
    [1, 2],
  ],
  ['promises', () => [Promise.resolve(1), Promise.resolve(2)], [1, 2]],
  ['a map', () => new Map([[1, 2]]), [[1, 2]]],
  ['nothing', () => [], []],
])('%s is a source; its end drains the link', async (_, produce, values) => {
  const { host, output } = sourced(produce as Source<unknown>)
  host.start()
  const { stages } = await host.done
  expect(output.values).toEqual(values)
  expect(output.state).toBe('drained')
  expect(stages['work']).toMatchObject({ in: values.length, out: values.length, running: 0 })
})

test('undefined is passed over', async () => {
  const { host, output } = sourced(() => [1, undefined, 2])
  host.start()
  expect((await host.done).stages['work']).toMatchObject({ in: 3, out: 2, filtered: 1 })
  expect(output.values).toEqual([1, 2])
})

test('a source is told its stage, its replica and where to log', () => {
  const seen: Partial<SourceContext>[] = []
  const { host, lines } = sourced(({ stage, replica, log, signal }) => {
    seen.push({ stage, replica })
    log('begins')
    return signal.aborted ? [] : [1]
  })
  host.start()
  expect(seen).toEqual([{ stage: 'work', replica: 0 }])
  expect(lines).toEqual([{ level: 'info', stage: 'work', replica: 0, text: 'begins' }])
})

test('drain pulls no more, calls return() and drains the link', async () => {
  const { pulled, produce, returned } = counting()
  const { host, output } = sourced(produce)
  output.takes = (n) => n !== 3
  host.start()
  await settled()
  host.drain()
  expect(returned()).toBe(true)
  output.takes = true
  output.offered[2]?.take()
  await host.done
  expect(pulled).toEqual([1, 2, 3])
  expect(output.values).toEqual([1, 2, 3])
  expect(output.state).toBe('drained')
})

test('a source that waits is woken by its signal, and ends without an error', async () => {
  const { host, output } = sourced(async function* ({ signal }) {
    yield 1
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
  })
  host.start()
  await settled()
  host.drain()
  await host.done
  expect(output.values).toEqual([1])
})

test('what a source has promised when it is told to stop is still emitted', async () => {
  const promised = Promise.withResolvers<number>()
  const { host, output } = sourced(async function* () {
    yield promised.promise
    yield 2
  })
  host.start()
  await settled()
  host.drain()
  promised.resolve(1)
  await host.done
  expect(output.values).toEqual([1])
})

test('a source that does not hear is given up after a second', async () => {
  const { host, clock, output } = sourced(async function* () {
    yield 1
    await new Promise(() => {})
  })
  host.start()
  await settled()
  host.drain()
  await clock.pass(999)
  expect(output.state).toBe('open')
  await clock.pass(1)
  await host.done
  expect(output.state).toBe('drained')
})

test('close aborts the signal with its reason and calls return()', async () => {
  const reasons: unknown[] = []
  const { produce, returned } = counting()
  const { host, output } = sourced((context) => {
    context.signal.addEventListener('abort', () => reasons.push(context.signal.reason))
    return produce()
  })
  output.takes = false
  host.start()
  const reason = new Error('enough')
  await host.close(reason)
  expect(returned()).toBe(true)
  expect(reasons).toEqual([reason])
  await expect(host.done).rejects.toBe(reason)
  expect(output.state).toBe('closed')
})

test.each<[string, Source<unknown>, string]>([
  [
    'throws when called',
    () => {
      throw new Error('no tap')
    },
    "source 'work' failed: no tap",
  ],
  [
    'gives no iterable',
    (() => 7) as unknown as Source,
    "source 'work' failed: its function gave 7; allowed: an iterable or async iterable of messages",
  ],
  [
    'rejects',
    async function* () {
      yield await Promise.reject(new Error('dry'))
    },
    "source 'work' failed: dry",
  ],
  [
    'throws what is no error',
    function* () {
      yield* [1]
      throw 'wet'
    },
    "source 'work' failed: wet",
  ],
])('a source that %s fails the run, which says which', async (_, produce, message) => {
  const { host, output } = sourced(produce)
  host.start()
  await expect(host.done).rejects.toThrow(message)
  await expect(host.done).rejects.toMatchObject({ code: 'ERR_SLUICE_SOURCE' })
  expect(output.state).toBe('closed')
})

test('a message that cannot be encoded fails its source, with the path', async () => {
  const { produce, returned } = counting()
  const { host, output } = sourced(produce)
  output.throws = (n) => (n === 2 ? new EncodeError('$.x', 'a function cannot be encoded') : undefined)
  host.start()
  await expect(host.done).rejects.toThrow(
    "source 'work' failed: stage 'work' emitted what the link 'work:to' cannot carry, at $.x: a function cannot be encoded",
  )
  expect(returned()).toBe(true)
  expect(host.stats().stages['work']).toMatchObject({ in: 2, out: 1, failed: 1 })
})

test('a source that is always ready lets the event loop turn', async () => {
  const { pulled, produce } = counting()
  const { host } = sourced(produce)
  host.start()
  await settled()
  await settled()
  expect(pulled.length).toBeGreaterThan(1_000)
  await host.close()
})
