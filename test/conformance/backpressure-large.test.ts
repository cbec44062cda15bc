/** Large messages, whose memory a sender writes to again: each arrives as it was sent, whoever comes and goes. */
import { Context } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { describe, expect, it } from 'vitest'

const most = 600

/** Octets that say which message they are and how long it is, and are all the same behind that. */
function message(n: number): Uint8Array {
  const octets = new Uint8Array(65_600 + (n % 7) * 9_000).fill(n & 0xff)
  const view = new DataView(octets.buffer)
  view.setUint32(0, n)
  view.setUint32(4, octets.length)
  return octets
}

function isWhole(octets: Uint8Array): boolean {
  const view = new DataView(octets.buffer, octets.byteOffset, octets.length)
  const fill = view.getUint32(0) & 0xff
  return view.getUint32(4) === octets.length && octets.subarray(8).every((octet) => octet === fill)
}

/** Takes so many messages and closes with one unfinished, again and again until `over` aborts. */
async function comesAndGoes(
  endpoint: string,
  stays: number,
  over: AbortSignal,
  take: (octets: Uint8Array) => void,
): Promise<void> {
  while (!over.aborted) {
    const consumer = new Consumer<Uint8Array>({ context: new Context(), connect: endpoint })
    let left = stays
    for await (const octets of consumer.messages({ signal: over })) {
      take(octets)
      if (--left === 0) break
    }
    await consumer.close()
  }
}

describe('a sender of large messages over tcp', () => {
  it('sends each as it was, while receivers leave with some unacked', async () => {
    const producer = new Producer<Uint8Array>({ context: new Context(), bind: 'tcp://127.0.0.1:*' })
    const [endpoint] = await producer.endpoints()
    const over = new AbortController()
    const seen = new Set<number>()
    const kept: Uint8Array[] = []
    let broken = 0
    const take = (octets: Uint8Array): void => {
      seen.add(new DataView(octets.buffer, octets.byteOffset).getUint32(0))
      // What was received is looked at again later: nobody writes to it.
      kept.push(octets)
      for (const one of kept.length > 16 ? kept.splice(0, 8) : [octets]) if (!isWhole(one)) broken++
    }
    const loops = [17, 59, Infinity].map((stays) => comesAndGoes(endpoint!, stays, over.signal, take))
    for (let n = 0; n < most; n++) await producer.send(message(n))
    await producer.drain()
    over.abort()
    await Promise.allSettled(loops)
    expect([seen.size, broken]).toEqual([most, 0])
  })
})

it('small messages are acked while a large one ahead of them is still in hand', async () => {
  const context = new Context()
  const producer = new Producer<Uint8Array>({ context, bind: 'tcp://127.0.0.1:*' })
  const [endpoint] = await producer.endpoints()
  const consumer = new Consumer<Uint8Array>({ context: new Context(), connect: endpoint, concurrency: 4 })
  const { promise: largeCame, resolve: came } = Promise.withResolvers<() => void>()
  consumer.start((delivery) => {
    for (let at = 0; at < delivery.values.length; at++) {
      const octets = delivery.values[at] as Uint8Array
      if (octets.length > most) came(() => delivery.settle(at, 'delivered'))
      else delivery.settle(at, 'delivered')
    }
  })
  await producer.send(message(0))
  const finish = await largeCame
  for (let n = 0; n < 100; n++) await producer.send(new Uint8Array(8).fill(n))
  await expect.poll(() => producer.stats()).toMatchObject({ delivered: 100, inFlight: 1 })
  finish()
  await producer.drain()
  expect(producer.stats()).toMatchObject({ delivered: 101, inFlight: 0 })
  await consumer.close()
})
