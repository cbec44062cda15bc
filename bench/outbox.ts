/**
 * What an outbox costs: messages a second under each sync policy beside a plain link, interleaved in one run. Both ends are in
 * this process, over tcp; each send of a burst of 1 000 is awaited before the next burst.
 *
 *     node --conditions=sluice-source bench/outbox.ts [rounds]
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Consumer, Producer } from '@sluice/patterns/backpressure'

const rounds = Number(process.argv[2] ?? 3)
const messages = 20_000
const burst = 1_000
const kinds = ['plain', 'each', 'batch', 'os'] as const
type Kind = (typeof kinds)[number]

/** Messages a second from the first `send` until all are acked. */
async function rateOf(kind: Kind, folder: string): Promise<number> {
  const consumer = new Consumer({ bind: 'tcp://127.0.0.1:*' })
  const [connect] = await consumer.endpoints()
  if (connect === undefined) throw new Error('the consumer is not bound')
  const outbox = kind === 'plain' ? undefined : { path: join(folder, kind), sync: kind }
  await using producer = new Producer({ connect, outbox })
  await producer.ready()
  const reading = (async () => {
    for await (const message of consumer) void message
  })()
  const began = performance.now()
  for (let n = 0; n < messages; n += burst)
    await Promise.all(Array.from({ length: burst }, (_, at) => producer.send({ n: n + at, text: 'salad' })))
  await producer.drain()
  const seconds = (performance.now() - began) / 1_000
  await reading
  await consumer.close()
  return messages / seconds
}

const folder = await mkdtemp(join(tmpdir(), 'sluice-bench-'))
const rates = new Map<Kind, number[]>(kinds.map((kind) => [kind, []]))
for (let round = 0; round <= rounds; round++) {
  for (const kind of kinds) {
    const rate = await rateOf(kind, folder)
    // The first round warms up.
    if (round > 0) rates.get(kind)?.push(rate)
  }
}
await rm(folder, { recursive: true })
for (const [kind, seen] of rates) {
  const median = seen.toSorted((a, b) => a - b)[Math.floor(seen.length / 2)] ?? 0
  console.log(`${kind.padEnd(6)} ${Math.round(median).toLocaleString('en')} messages a second`)
}
