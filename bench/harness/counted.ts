/** A plain handler, called for each message. */
import type { LinkReceiver } from '@sluice/core'

/** Hands every message to a handler that counts it, and resolves when there were `messages`. */
export function counted(receiver: LinkReceiver, messages: number): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let left = messages
  const handle = (value: unknown): void => {
    if (value !== undefined) left--
  }
  receiver.start((delivery) => {
    for (let at = 0; at < delivery.values.length; at++) {
      handle(delivery.values[at])
      delivery.settle(at, 'delivered')
    }
    if (left <= 0) resolve()
  })
  return promise
}
