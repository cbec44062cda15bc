/** The two sides of a link as processes, for faults that strike more than one pattern. */
import type { Role } from './peer.ts'
import type { Work } from './child.ts'

/** What stands on either side, and how it is told that so many messages may be outstanding at a receiver. */
export interface Sides {
  readonly pattern: 'backpressure' | 'request-reply'
  readonly sender: Role
  readonly receiver: Role
  /** What the receivers are called in a title. */
  readonly receivers: string
  senderWork(window: number): Partial<Work>
  receiverWork(window: number): Partial<Work>
}

/** A receiver announces its window to its sender. */
export const backpressureSides: Sides = {
  pattern: 'backpressure',
  sender: 'produce',
  receiver: 'consume',
  receivers: 'receivers',
  senderWork: () => ({}),
  receiverWork: (window) => ({ highWaterMark: window }),
}

/** A requester has so many requests outstanding at each replier, which works on one at a time here. */
export const requestReplySides: Sides = {
  pattern: 'request-reply',
  sender: 'offer',
  receiver: 'reply',
  receivers: 'repliers',
  senderWork: (window) => ({ inFlight: window }),
  receiverWork: () => ({ concurrency: 1 }),
}
