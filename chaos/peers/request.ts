/** A requester as a process: it asks its numbers, those apart that its log says were answered in an earlier life. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { Requester } from '@sluice/patterns/request-reply'
import { placeOf, play, stopSignal, tell } from '../harness/child.ts'
import type { Numbered } from './handling.ts'

await play(async (work) => {
  const { first = 0, step = 1, until = Infinity, inFlight = 16, bodyBytes = 0, log } = work
  const requester = new Requester<Numbered, number>({
    ...placeOf(work),
    inFlight,
    timeoutMs: 60_000,
    retries: 20,
  })
  const [endpoint] = await requester.endpoints()
  if (endpoint !== undefined) tell({ endpoint })
  const stop = stopSignal()
  const body = bodyBytes > 0 ? { body: new Uint8Array(bodyBytes) } : {}
  const answered = new Set(
    log !== undefined && existsSync(log) ? readFileSync(log, 'utf8').trimEnd().split('\n').map(Number) : [],
  )
  let next = first
  let up = false
  const ask = async (): Promise<void> => {
    for (let n = next; n < until && !stop.aborted; n = next) {
      next += step
      if (answered.has(n)) continue
      await requester.request({ n, ...body })
      if (log !== undefined) appendFileSync(log, `${n}\n`)
      if (!up) tell({ up: true })
      up = true
    }
  }
  await Promise.all(Array.from({ length: inFlight }, ask))
  await requester.drain()
  tell({ done: { ...requester.stats() } })
})
