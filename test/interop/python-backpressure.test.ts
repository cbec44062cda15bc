/** Backpressure between TypeScript and Python, in both directions, also while either side is killed. */
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory, until } from '../support/left-behind.ts'
import { inPython, PythonPeer } from '../support/python.ts'

interface Dish {
  readonly id: number
  readonly [key: string]: unknown
}

inPython()

const numbers = (count: number): number[] => Array.from({ length: count }, (_, id) => id)

async function sendAll(producer: Producer<Dish>, count: number): Promise<void> {
  for (let id = 0; id < count; id++)
    await producer.send({ id, at: 1_732_300_000_000 + id, name: `plate ${id}` })
  await producer.drain()
}

describe.each(['tcp', 'ipc'])('over %s', (scheme) => {
  const endpointIn = (directory: TemporaryDirectory): string =>
    scheme === 'tcp' ? 'tcp://127.0.0.1:*' : `ipc://${directory.path}/link`

  it('TypeScript sends and Python receives everything in order', async () => {
    using directory = new TemporaryDirectory()
    await using producer = new Producer<Dish>({ bind: endpointIn(directory) })
    const [endpoint = ''] = await producer.endpoints()
    await using consumer = new PythonPeer('consume', '--connect', endpoint, '--whole')
    await sendAll(producer, 2_000)
    await consumer.done()
    expect(consumer.ids).toEqual(numbers(2_000))
    expect(consumer.said[1]?.value).toEqual({ id: 0, at: 1_732_300_000_000, name: 'plate 0' })
    expect(producer.stats()).toMatchObject({ accepted: 2_000, delivered: 2_000, refused: 0 })
  })

  it('Python sends and TypeScript receives everything in order', async () => {
    using directory = new TemporaryDirectory()
    await using consumer = new Consumer<Dish>({ bind: endpointIn(directory), senders: 1 })
    const [endpoint = ''] = await consumer.endpoints()
    await using producer = new PythonPeer('produce', '--connect', endpoint, '--count', '2000')
    const ids: number[] = []
    for await (const { id, at } of consumer) {
      expect(at).toBe(1_732_300_000_000 + id)
      ids.push(id)
    }
    expect(ids).toEqual(numbers(2_000))
    expect((await producer.done()).stats).toMatchObject({ accepted: 2_000, delivered: 2_000, refused: 0 })
    expect(consumer.stats().refused).toBe(0)
  })

  it('BP-14 nothing is lost when a Python consumer is killed', async () => {
    using directory = new TemporaryDirectory()
    await using producer = new Producer<Dish>({ bind: endpointIn(directory) })
    const [endpoint = ''] = await producer.endpoints()
    await using first = new PythonPeer('consume', '--connect', endpoint, '--mark', '50', '--pause-ms', '1')
    const sending = sendAll(producer, 1_000)
    await until(() => first.ids.length > 100)
    await first.kill()
    await using second = new PythonPeer('consume', '--connect', endpoint, '--mark', '50')
    await sending
    await second.done()
    expect(new Set([...first.ids, ...second.ids])).toEqual(new Set(numbers(1_000)))
    const twice = second.ids.filter((id) => first.ids.includes(id))
    expect(twice.length).toBeLessThanOrEqual(50)
    for (const id of twice) expect(second.said.find((said) => said.id === id)?.redelivered).toBe(true)
  })

  it('BP-6 what a killed Python producer had sent is taken once, and another goes on', async () => {
    using directory = new TemporaryDirectory()
    await using consumer = new Consumer<Dish>({ bind: endpointIn(directory), senders: 1, highWaterMark: 50 })
    const [endpoint = ''] = await consumer.endpoints()
    await using first = new PythonPeer(
      ...([
        'produce',
        '--connect',
        endpoint,
        '--first',
        '100000',
        '--count',
        '1000000',
        '--identity',
        'washer',
      ] as const),
    )
    let second: PythonPeer | undefined
    const ids: number[] = []
    for await (const { id } of consumer) {
      ids.push(id)
      if (ids.length !== 200) continue
      await first.kill()
      second = new PythonPeer('produce', '--connect', endpoint, '--count', '500', '--identity', 'washer')
    }
    await using other = second
    await other?.done()
    expect(ids.filter((id) => id < 100_000)).toEqual(numbers(500))
    const before = ids.filter((id) => id >= 100_000)
    expect(before).toEqual(before.map((_, at) => 100_000 + at))
  })
})

describe('over tcp', () => {
  it('Python binds and TypeScript connects, either way', async () => {
    await using python = new PythonPeer('consume', '--bind', 'tcp://127.0.0.1:*')
    await using producer = new Producer<Dish>({ connect: await python.endpoint() })
    await sendAll(producer, 500)
    await python.done()
    expect(python.ids).toEqual(numbers(500))

    await using other = new PythonPeer('produce', '--bind', 'tcp://127.0.0.1:*', '--count', '500')
    await using consumer = new Consumer<Dish>({ connect: await other.endpoint() })
    const ids: number[] = []
    for await (const { id } of consumer) ids.push(id)
    expect(ids).toEqual(numbers(500))
    await other.done()
  })

  it('BP-5 a slow Python consumer slows TypeScript to its pace', async () => {
    await using producer = new Producer<Dish>({ bind: 'tcp://127.0.0.1:*' })
    const [endpoint = ''] = await producer.endpoints()
    await using consumer = new PythonPeer('consume', '--connect', endpoint, '--mark', '10', '--pause-ms', '1')
    for (let id = 0; id < 200; id++) {
      await producer.send({ id })
      const { pending, inFlight } = producer.stats()
      expect(pending + inFlight).toBeLessThanOrEqual(10)
    }
    await producer.drain()
    await consumer.done()
    expect(consumer.ids).toEqual(numbers(200))
    expect(producer.stats().waits).toBeGreaterThan(0)
  })

  it('TypeScript and Python consumers share what one producer sends', async () => {
    await using producer = new Producer<Dish>({ bind: 'tcp://127.0.0.1:*' })
    const [endpoint = ''] = await producer.endpoints()
    await using python = new PythonPeer('consume', '--connect', endpoint, '--mark', '20', '--pause-ms', '1')
    await using consumer = new Consumer<Dish>({ connect: endpoint, highWaterMark: 20 })
    const ids: number[] = []
    const taking = (async () => {
      for await (const { id } of consumer) ids.push(id)
    })()
    await until(() => producer.stats().peers === 2)
    await sendAll(producer, 1_000)
    await taking
    await python.done()
    expect(python.ids.length).toBeGreaterThan(0)
    expect([...ids, ...python.ids].toSorted((a, b) => a - b)).toEqual(numbers(1_000))
  })
})
