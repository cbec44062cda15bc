/** A slice: messages of one batch, with what is kept beside them until they are acked. */
import type { Batch, Ticket } from '@sluice/core'

/** Messages in the order in which they were offered. What none of them has is left undefined. */
export interface Slice {
  readonly batch: Batch
  /** A map or nil for each message. */
  readonly headers: Batch | undefined
  readonly tickets: readonly (Ticket | undefined)[] | undefined
  /** The slot of each message's key, where the link has keys. */
  readonly slots: readonly number[] | undefined
  /** The place of the first among all messages ever offered. */
  readonly order: number
  /** Sent before, in a session that was lost. */
  readonly redelivered: boolean
}

/** The messages `from` (included) to `to` (excluded) of a slice, without copying what they hold. */
export function cut(slice: Slice, from: number, to: number): Slice {
  const { batch, headers, tickets, slots, order, redelivered } = slice
  if (from === 0 && to === batch.count) return slice
  return {
    batch: batch.slice(from, to),
    headers: headers?.slice(from, to),
    tickets: tickets?.slice(from, to),
    slots: slots?.slice(from, to),
    order: order + from,
    redelivered,
  }
}
