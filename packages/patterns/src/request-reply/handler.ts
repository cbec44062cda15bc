/** A replier's handler, called for each request of a delivery. */
import type { Outcome } from '@sluice/core'
import type { RequestContext, Served } from './served.ts'
import type { ServedDelivery } from './served-delivery.ts'

/** Answers one request; what it throws or rejects with becomes an error reply. */
export type RequestHandler<Q, A> = (message: Q, context: RequestContext) => A | PromiseLike<A>

/** Calls the handler for each request, and settles it with what came of that. A plain reply costs no promise. */
export function handle<Q, A>(delivery: ServedDelivery, handler: RequestHandler<Q, A>): void {
  for (let at = 0; at < delivery.count; at++) {
    const context = delivery.context(at)
    if (context !== undefined) answer(delivery, at, context, handler)
  }
}

function answer<Q, A>(
  delivery: ServedDelivery,
  at: number,
  context: Served,
  handler: RequestHandler<Q, A>,
): void {
  const fail = (error: unknown): void => delivery.settle(at, 'failed' satisfies Outcome, asError(error))
  try {
    const reply = handler(context.value as Q, context)
    if (!isThenable(reply)) return delivery.settle(at, 'delivered', undefined, reply)
    reply.then((late) => delivery.settle(at, 'delivered', undefined, late), fail)
  } catch (error) {
    fail(error)
  }
}

function isThenable<A>(reply: A | PromiseLike<A>): reply is PromiseLike<A> {
  return typeof reply === 'object' && reply !== null && 'then' in reply && typeof reply.then === 'function'
}

function asError(error: unknown): Error {
  if (error instanceof Error) return error
  return new Error(typeof error === 'string' ? error : 'the handler threw what is no Error', { cause: error })
}
