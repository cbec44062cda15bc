/** A requester and a replier that a test can hold up. */
import type { LinkStats, Ports } from '@sluice/core'
import { Replier, Requester } from '@sluice/patterns/request-reply'
import type {
  ReplySettings,
  RequestContext,
  RequesterSettings,
  RequestHandler,
} from '@sluice/patterns/request-reply'
import { expect } from 'vitest'
import { eventually } from './by-hand.ts'
import type { Transport } from './transports.ts'

export type Handler = RequestHandler<unknown, unknown>

export interface LinkedOptions {
  readonly ask?: RequesterSettings
  readonly answer?: ReplySettings & { readonly senders?: number }
  /** Undefined: the replier is read by `start`. */
  readonly handler?: Handler | undefined
}

export interface Linked {
  readonly requester: Requester
  readonly replier: Replier
}

export type Binds = 'sender' | 'receiver'

/** A requester and a replier that have found each other. */
export async function linked(
  context: Ports,
  transport: Transport,
  binds: Binds,
  options: LinkedOptions,
): Promise<Linked> {
  const { ask, answer, handler } = options
  const place = { context, bind: transport.any() }
  if (binds === 'receiver') {
    const replier = new Replier({ ...place, ...answer }, handler)
    const [connect] = await replier.endpoints()
    const requester = new Requester({ context, connect: connect!, ...ask })
    await requester.ready()
    return { requester, replier }
  }
  const requester = new Requester({ ...place, ...ask })
  const [connect] = await requester.endpoints()
  const replier = new Replier({ context, connect: connect!, ...answer }, handler)
  await requester.ready()
  return { requester, replier }
}

export function expectBalanced(stats: LinkStats): void {
  const { accepted, delivered, dropped, deadLettered, failed, undelivered, pending, inFlight } = stats
  expect(delivered + dropped + deadLettered + failed + undelivered + pending + inFlight).toBe(accepted)
}

/** Keeps every request until the test answers it. */
export class Held {
  readonly requests: {
    readonly message: unknown
    readonly context: RequestContext
    readonly answer: (reply: unknown) => void
  }[] = []
  readonly handler: Handler = (message, context) =>
    new Promise((answer) => this.requests.push({ message, context, answer }))

  async has(count: number): Promise<void> {
    await eventually(() => this.requests.length >= count)
  }
}
