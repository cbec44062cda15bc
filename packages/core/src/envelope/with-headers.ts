/** A message with headers of its own, as a source may give it. */
import type { Headers } from './headers.ts'

/** What `withHeaders` gives. */
export class WithHeaders<T> {
  readonly message: T
  readonly headers: Headers

  constructor(message: T, headers: Headers) {
    this.message = message
    this.headers = headers
  }
}

/**
 * Puts headers beside a message that a source gives: a trace context, a `deadline`, an `id`, or the user's own.
 * They reach the handlers of all stages as `context.headers`, `id` and `attempt` aside: those are of one hop.
 *
 * @example
 * import { pipeline, run, withHeaders } from '@sluice/core'
 *
 * const soon = new Date(Date.now() + 60_000)
 * const orders = pipeline('orders')
 *   .source('shop', () => [withHeaders('tea', { id: 'order-1', deadline: soon })])
 *   .sink('pack', (order, { headers, deadline }) => {
 *     if (headers['id'] !== 'order-1' || deadline?.getTime() !== soon.getTime()) throw new Error(order)
 *   })
 *
 * const { ledger } = await run(orders)
 * if (ledger.delivered !== 1) throw new Error('the tea is not packed')
 */
export function withHeaders<T>(message: T, headers: Headers): WithHeaders<T> {
  return new WithHeaders(message, headers)
}

/** The messages themselves, of a source that gives some with headers. */
export type Message<Given> = Given extends WithHeaders<infer T> ? T : Given
