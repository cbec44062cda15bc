/** What the two sides of a backpressure session say to each other. */
import type { Batch, Finished } from '@sluice/core'

/** Names one session of a sender: 8 random octets. */
export type Epoch = Uint8Array

/** Which way messages flow, as one side sees it. */
export type Role = 'sender' | 'receiver'

/** Which side of the connection speaks first: the one that connected. */
export type Side = 'connecting' | 'bound'

/** Where a side stands when a session begins. */
export interface Position {
  readonly version: number
  /** A `Role`, or what a peer says in its place. */
  readonly role: string
  readonly id: string
  readonly codec: string
  readonly epoch?: Epoch | undefined
  /** A sender's next sequence number; in a receiver's answer the one it expects. */
  readonly next?: number | undefined
  /** A sender's first unacked sequence number. */
  readonly acked?: number | undefined
  readonly highWaterMark?: number | undefined
  readonly highWaterMarkBytes?: number | undefined
  /** Takes DATA and ACK in one frame each. BP-22. */
  readonly compact?: boolean | undefined
}

/** BP-1: the side that connected begins. */
export interface HelloPacket {
  readonly type: 'hello'
  readonly position: Position
}

/** BP-2: the side that is bound answers. */
export interface WelcomePacket {
  readonly type: 'welcome'
  readonly position: Position
}

/** BP-4: messages. */
export interface DataPacket {
  readonly type: 'data'
  readonly epoch: Epoch
  /** The sequence number of the first message. */
  readonly first: number
  readonly redelivered: boolean
  readonly batch: Batch
  /** A map or nil for each message, when one of them has headers. */
  readonly headers: Batch | undefined
  /** The other side takes it in one frame. */
  readonly compact: boolean
}

/** BP-7: what is finished, and how much more may come. */
export interface AckPacket extends Finished {
  readonly type: 'ack'
  readonly epoch: Epoch
  readonly highWaterMark: number
  /** END was seen and every message before it is settled. */
  readonly ended: boolean
  /** Counts the acks of a session, so that the mark of a late one is not taken for the present one. */
  readonly serial: number | undefined
  /** The other side takes it in one frame. */
  readonly compact: boolean
}

/** BP-10: the sender has no credit, or wants to know where it stands. */
export interface BlockedPacket {
  readonly type: 'blocked'
  readonly epoch: Epoch
  readonly next: number
  /** The sender takes no more: nothing follows but what another receiver may lose. */
  readonly last: boolean
}

/** BP-11: no messages at or after a sequence number. */
export interface EndPacket {
  readonly type: 'end'
  readonly epoch: Epoch
  readonly next: number
}

/** BP-12: the session is over. */
export interface ByePacket {
  readonly type: 'bye'
  readonly epoch: Epoch | undefined
  readonly code: string
  readonly message: string
}

/** One of the seven commands. */
export type Packet =
  HelloPacket | WelcomePacket | DataPacket | AckPacket | BlockedPacket | EndPacket | ByePacket

/** Octets of an epoch. */
export const epochBytes = 8

/** Bit 0 of DATA's flags: its messages may have been delivered before. */
export const redeliveredFlag = 1

/** The version of the protocol that this side speaks. */
export const protocolVersion = 1
/** The codec that it speaks. */
export const codecName = 'msgpack'

/** Compares two epochs. */
export function sameEpoch(a: Epoch | undefined, b: Epoch | undefined): boolean {
  if (a === b) return true
  if (a === undefined || b === undefined || a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
