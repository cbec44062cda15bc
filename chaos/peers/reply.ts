/** A replier as a process. */
import { Replier } from '@sluice/patterns/request-reply'
import { placeOf, play, tell } from '../harness/child.ts'
import { handlerOf } from './handling.ts'
import type { Numbered } from './handling.ts'

await play(async (work) => {
  const handle = handlerOf(work)
  const { concurrency = 16 } = work
  const replier = new Replier<Numbered, number>(
    { ...placeOf(work), concurrency },
    async (message, { attempt }) => {
      await handle(message, attempt > 1)
      return message.n
    },
  )
  const [endpoint] = await replier.endpoints()
  if (endpoint !== undefined) tell({ endpoint })
  const telling = setInterval(() => tell({ stats: { ...replier.stats() } }), 100)
  await replier.ended
  clearInterval(telling)
  await replier.drain()
})
