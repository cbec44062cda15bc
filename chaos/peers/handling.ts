/** What a handler of a peer does with a message: writes it down, then takes its time, blocks, or never ends. */
import { setTimeout as sleep } from 'node:timers/promises'
import { tell, timeNow } from '../harness/child.ts'
import type { Work } from '../harness/child.ts'
import { writeHandled } from '../harness/record.ts'

/** A message of every fault; `body` only makes it large. */
export interface Numbered {
  readonly n: number
  readonly body?: Uint8Array | undefined
}

/** Handles messages as the work says. */
export function handlerOf(work: Work): (message: Numbered, marked: boolean) => Promise<void> {
  const by = `${work.identity}#${process.pid}`
  let handled = 0
  return async ({ n }, marked) => {
    if (handled === (work.stopsAt ?? Infinity)) await new Promise(() => {})
    if (handled === work.blockAt) block(work.blockMs ?? 0)
    // In the middle: an ack before the handler ends shows as a loss, and a kill after this as a duplicate.
    const halfMs = (work.handlerMs ?? 0) / 2
    if (halfMs > 0) await sleep(halfMs)
    if (work.log !== undefined) writeHandled(work.log, { n, marked, by, at: timeNow() })
    if (halfMs > 0) await sleep(halfMs)
    if (handled++ === 0) tell({ up: true })
  }
}

/** Computes, as a handler does that never lets the event loop have its turn. */
function block(forMs: number): void {
  const until = performance.now() + forMs
  while (performance.now() < until);
}
