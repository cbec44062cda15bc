/** A consumer whose event loop stands still while a stranger floods it: it tells its parent when it has come through. */
import { Consumer } from '@sluice/patterns/backpressure'
import { placeOf, play, tell } from '../harness/child.ts'

await play(async (work) => {
  const consumer = new Consumer(placeOf(work))
  consumer.start(() => undefined)
  const [endpoint = ''] = await consumer.endpoints()
  const blocked = new Promise<void>((resolve) => {
    process.once('message', () => {
      const until = performance.now() + (work.blockMs ?? 0)
      while (performance.now() < until);
      resolve()
    })
  })
  tell({ endpoint })
  await blocked
  // What came is looked at, and thrown away.
  while (consumer.stats().refused < 1) await new Promise((resolve) => setTimeout(resolve, 10))
  tell({ done: { refused: consumer.stats().refused } })
  await consumer.close()
})
