/** Which scheme is moved by what: the one place that knows all frame sockets. */
import type { ChannelHub } from '../channel/channel-hub.ts'
import { ChannelSocket } from '../channel/channel-socket.ts'
import { OptionError } from '../errors.ts'
import { openInproc } from '../memory/inproc.ts'
import { zeromqParts } from '../zeromq/open.ts'
import { openParts } from './composite.ts'
import type { Part, PartSpec } from './composite.ts'
import { addressesOf, ofRole, parseEndpoints } from './endpoint.ts'
import type { Endpoint, Scheme } from './endpoint.ts'
import type { FrameSocket, FrameSpec } from './frame-socket.ts'

/**
 * Opens the frame socket for endpoints of any scheme but `memory://`, several schemes at once included.
 * @throws {OptionError} for an endpoint that cannot be moved here, before anything is opened.
 */
export function openFrames(spec: FrameSpec, channels?: ChannelHub): FrameSocket {
  const endpoints = parseEndpoints(spec)
  const parts = [
    ...zeromqParts(spec, select(endpoints, ['tcp', 'ipc'])),
    ...inprocParts(spec, select(endpoints, ['inproc'])),
    ...channelParts(spec, select(endpoints, ['channel']), channels),
  ]
  return openParts(parts, spec.events)
}

function inprocParts({ shape, clock }: PartSpec, endpoints: readonly Endpoint[]): Part[] {
  if (endpoints.length === 0) return []
  const names = addressesOf(endpoints)
  return [
    {
      binds: ofRole(endpoints, 'bind').map(({ index }) => index),
      open: (events) => openInproc({ scheme: 'inproc', shape, clock, events, ...names }),
    },
  ]
}

function channelParts(
  { shape }: PartSpec,
  endpoints: readonly Endpoint[],
  hub: ChannelHub | undefined,
): Part[] {
  const [first] = endpoints
  if (first === undefined) return []
  if (hub === undefined) {
    throw new OptionError(
      'context',
      `${first.role}: endpoint '${first.text}' needs MessagePorts; allowed: context: a Context with a ChannelHub in its option channels`,
    )
  }
  const names = addressesOf(endpoints)
  return [
    {
      binds: ofRole(endpoints, 'bind').map(({ index }) => index),
      open: (events) => new ChannelSocket({ shape, events, ...names }, hub),
    },
  ]
}

function select(endpoints: readonly Endpoint[], schemes: readonly Scheme[]): readonly Endpoint[] {
  return endpoints.filter(({ scheme }) => schemes.includes(scheme))
}
