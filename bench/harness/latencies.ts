/** How late messages come that say when they fell due. */
import type { LinkReceiver } from '@sluice/core'
import { unpack } from 'msgpackr'
import type { Findings, Run } from '../subject.ts'
import { nowMicros, Percentiles } from './percentiles.ts'

function latenessOf(message: unknown): number {
  return nowMicros() - (message as { at: number }).at
}

/** Reads so many messages of a plain socket, one a message, behind whatever it puts ahead of them. */
export function plainly(receive: () => Promise<Buffer[]>, messages: number): Run {
  const latencies = new Percentiles(messages)
  return async (): Promise<Findings> => {
    for (let left = messages; left > 0; left--) latencies.add(latenessOf(unpack((await receive()).at(-1)!)))
    return latencies.findings()
  }
}

/** Takes all messages of one of ours, at most so many, in its handler. */
export function handled(receiver: LinkReceiver, messages: number): Run {
  const latencies = new Percentiles(messages)
  return async (): Promise<Findings> => {
    receiver.start((delivery) => {
      for (const [at, message] of delivery.values.entries()) {
        latencies.add(latenessOf(message))
        delivery.settle(at, 'delivered')
      }
    })
    await receiver.ended
    return latencies.findings()
  }
}
