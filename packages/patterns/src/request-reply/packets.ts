/** What requesters and repliers say to each other. */
import type { Batch, SluiceError } from '@sluice/core'

/** Names one request within its requester's life: a u64; a number while that is exact. */
export type Correlation = number | bigint

/**
 * Whose answer it is. `ids` are correlations of a Sluice requester, one for each value. Without them the request came from a bare
 * peer and has one value; `opaque` is its id frame, if it had one, to be returned as it is.
 */
export interface Address {
  readonly ids: readonly Correlation[] | undefined
  readonly opaque: Uint8Array | undefined
}

/** Messages that want an answer. */
export interface RequestPacket extends Address {
  readonly type: 'request'
  /** Undefined when what came could not be read; `error` says why. */
  readonly batch: Batch | undefined
  readonly headers: Batch | undefined
  readonly error: SluiceError | undefined
  /** Of what is sent: in one frame, if it can be. Of what came: whoever sent it takes replies in one frame. */
  readonly compact: boolean
}

/** Answers, or the reasons why there are none. */
export interface ReplyPacket extends Address {
  readonly type: 'reply'
  readonly batch: Batch | undefined
  readonly headers: Batch | undefined
  readonly error: SluiceError | undefined
  /** It comes from a Sluice replier. */
  readonly sluice: boolean
  /** Of what is sent: in one frame, if it can be. Of what came: whoever sent it takes requests in one frame. */
  readonly compact: boolean
}

/** The requester no longer wants these answers. */
export interface CancelPacket {
  readonly type: 'cancel'
  readonly ids: readonly Correlation[]
}

/** A Sluice replier is here. */
export interface AnnouncementPacket {
  readonly type: 'announcement'
  /** Whoever sent it takes requests in one frame. */
  readonly compact: boolean
}

/** The requester sends nothing more. */
export interface EndPacket {
  readonly type: 'end'
  /** Undefined from a requester that gives no name: its connection is its name then. */
  readonly identity: string | undefined
}

/** The replier has seen the end. */
export interface EndedPacket {
  readonly type: 'ended'
}

/** Everything that is said. */
export type RequestReplyPacket =
  RequestPacket | ReplyPacket | CancelPacket | AnnouncementPacket | EndPacket | EndedPacket
