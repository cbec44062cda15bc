/** Where packets go out: a port, as far as a session needs to know it. */
import type { BatchBuilder, Peer } from '@sluice/core'
import type { RequestReplyPacket } from './packets.ts'

/** Sends packets to peers. */
export interface Outlet {
  send(peer: Peer, packet: RequestReplyPacket): void
  /** A builder of batches in the form that is carried here. */
  builder(): BatchBuilder
}
