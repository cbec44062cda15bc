/** A consumer as a process. */
import { Consumer } from '@sluice/patterns/backpressure'
import { placeOf, play, tell } from '../harness/child.ts'
import { handlerOf } from './handling.ts'
import type { Numbered } from './handling.ts'

await play(async (work) => {
  const { highWaterMark = 'auto' } = work
  const consumer = new Consumer<Numbered>({ ...placeOf(work), highWaterMark })
  const handle = handlerOf(work)
  const [endpoint] = await consumer.endpoints()
  if (endpoint !== undefined) tell({ endpoint })
  for await (const { message, redelivered } of consumer.received()) await handle(message, redelivered)
  tell({ done: { ...consumer.stats() } })
  await consumer.close()
})
