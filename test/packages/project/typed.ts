import { pipeline, run } from '@sluice/core'
import type { LinkStats } from '@sluice/core'
import { Consumer, Producer } from '@sluice/patterns/backpressure'
import { fireAndForget } from '@sluice/patterns/fire-and-forget'
import { requestReply } from '@sluice/patterns/request-reply'

interface Dish {
  readonly kind: string
}

const seen: string[] = []

const dishes = pipeline('dishes')
  .source('washer', (): Dish[] => [{ kind: 'salad' }, { kind: 'bread' }])
  .link(requestReply({ timeoutMs: 5_000 }))
  .stage('dryer', (dish: Dish) => ({ ...dish, dry: true }))
  .link(fireAndForget())
  .sink('shelf', (dish) => {
    seen.push(`${dish.kind} ${dish.dry}`)
  })

pipeline('mistaken')
  .source('washer', () => [1])
  // @ts-expect-error a stage that takes what the stage before it does not give
  .stage('dryer', (text: string) => text.length)

const { ledger } = await run(dishes)

const consumer = new Consumer<Dish>({ bind: 'tcp://127.0.0.1:*' })
const producer = new Producer<Dish>({ connect: [...(await consumer.endpoints())] })

async function serve(): Promise<LinkStats> {
  await producer.send({ kind: 'dessert' })
  await producer.drain()
  return producer.stats()
}

const served = serve()
for await (const { kind } of consumer) seen.push(kind)
const { delivered } = await served
await consumer.close()
process.stdout.write(`${JSON.stringify({ ledger: ledger.delivered, link: delivered, seen })}\n`)
