/** A requester as a process, where a link's sender stands: it offers its numbers as fast as they are taken. */
import { Requester } from '@sluice/patterns/request-reply'
import { placeOf, play, stopSignal, tell } from '../harness/child.ts'
import type { Numbered } from './handling.ts'

await play(async (work) => {
  const { inFlight = 64, timeoutMs = 60_000, bodyBytes = 0 } = work
  const requester = new Requester<Numbered, number>({ ...placeOf(work), inFlight, timeoutMs, retries: 20 })
  const [endpoint] = await requester.endpoints()
  if (endpoint !== undefined) tell({ endpoint })
  const watch = setInterval(() => tell({ stats: { ...requester.stats() } }), 50)
  watch.unref()
  const body = bodyBytes > 0 ? { body: new Uint8Array(bodyBytes) } : {}
  const stop = stopSignal()
  for (let n = 0; !stop.aborted; n++) {
    const accepted = requester.offer({ n, ...body }, undefined, undefined)
    if (accepted !== true) await accepted
  }
  await requester.drain()
  tell({ done: { ...requester.stats() } })
})
