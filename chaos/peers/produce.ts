/** A producer as a process: it sends its numbers, those apart that its log says were acked in an earlier life. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { Producer } from '@sluice/patterns/backpressure'
import { placeOf, play, stopSignal, tell } from '../harness/child.ts'
import type { Work } from '../harness/child.ts'
import type { Numbered } from './handling.ts'

/** Numbers that were acked before this process began. */
function ackedBefore(log: string | undefined): Set<number> {
  if (log === undefined || !existsSync(log)) return new Set()
  return new Set(readFileSync(log, 'utf8').trimEnd().split('\n').map(Number))
}

function ticketFor(n: number, { log }: Work) {
  return {
    settle: (outcome: string): void => {
      if (outcome === 'delivered' && log !== undefined) appendFileSync(log, `${n}\n`)
    },
  }
}

await play(async (work) => {
  const { first = 0, step = 1, until = Infinity, keys, bodyBytes = 0 } = work
  const key = keys === undefined ? undefined : ({ n }: Numbered): string => String(n % keys)
  const producer = new Producer<Numbered>({ ...placeOf(work), key })
  const [endpoint] = await producer.endpoints()
  if (endpoint !== undefined) tell({ endpoint })
  const watch = setInterval(() => tell({ stats: { ...producer.stats() } }), 50)
  watch.unref()
  const before = ackedBefore(work.log)
  const body = bodyBytes > 0 ? new Uint8Array(bodyBytes) : undefined
  const stop = stopSignal()
  let up = false
  for (let n = first; n < until && !stop.aborted; n += step) {
    if (before.has(n)) continue
    const message = body === undefined ? { n } : { n, body }
    const accepted = producer.offer(message, undefined, ticketFor(n, work))
    if (accepted !== true) await accepted
    if (!up) tell({ up: true })
    up = true
  }
  await producer.drain()
  tell({ done: { ...producer.stats() } })
})
