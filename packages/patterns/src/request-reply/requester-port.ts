/** The socket of a requester. */
import type { Port, PortEvents, Site } from '@sluice/core'
import type { RequestReplyPacket } from './packets.ts'
import { requesterWire } from './wire.ts'

/** Opens it where the requester stands. */
export function openRequester(site: Site, events: PortEvents<RequestReplyPacket>): Port<RequestReplyPacket> {
  const { ports, bind, connect, trusted, limits, clock } = site
  return ports.open<RequestReplyPacket>({
    shape: 'duplex',
    wire: requesterWire(limits.maxMessageBytes),
    bind,
    connect,
    trusted,
    limits,
    clock,
    events,
  })
}
