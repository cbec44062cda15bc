/** Which native socket stands at which end of a link. */
import { isMainThread } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import { LinkError, OptionError } from '../errors.ts'
import type { Part, PartSpec } from '../port/composite.ts'
import { ofRole } from '../port/endpoint.ts'
import type { Endpoint } from '../port/endpoint.ts'
import type { FrameEvents, FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import { sparingly } from '../security/warnings.ts'
import { DealerSocket } from './dealer-socket.ts'
import { PullSocket } from './pull-socket.ts'
import { PushSocket } from './push-socket.ts'
import { RouterSocket } from './router-socket.ts'

/**
 * One socket for all endpoints that are bound, and one for each that is connected to. With keys, tcp has a socket of its own beside
 * that of ipc: files are guarded by their permissions.
 */
export function zeromqParts(spec: PartSpec, endpoints: readonly Endpoint[]): Part[] {
  const [first] = endpoints
  if (first !== undefined && !isMainThread) throw offMainThread(first)
  const bind = ofRole(endpoints, 'bind')
  const isSecured = ({ scheme }: Endpoint): boolean => scheme === 'tcp' && spec.guard?.security !== undefined
  const bound = [bind.filter(isSecured), bind.filter((endpoint) => !isSecured(endpoint))]
    .filter((together) => together.length > 0)
    .map((together): Part => ({
      binds: together.map(({ index }) => index),
      open: (events) => openOne(spec, together, [], events),
    }))
  const connected = ofRole(endpoints, 'connect').map((endpoint): Part => ({
    binds: [],
    open: (events) => openOne(spec, [], [endpoint], events),
  }))
  return [...bound, ...connected]
}

function openOne(
  part: PartSpec,
  bind: readonly Endpoint[],
  connect: readonly Endpoint[],
  events: FrameEvents,
): FrameSocket {
  const guard = part.guard
  const tell = guard?.onRefused ?? (connect.length === 0 ? undefined : warning(part.clock))
  const isTcp = [...bind, ...connect].every(({ scheme }) => scheme === 'tcp')
  const spec: FrameSpec = {
    ...part,
    guard: isTcp ? guard : { insecure: guard?.insecure },
    events: tell === undefined ? events : telling(events, tell),
    bind: bind.map(({ text }) => text),
    connect: connect.map(({ text }) => text),
  }
  if (spec.shape === 'push') return new PushSocket(spec)
  if (spec.shape === 'pull') return new PullSocket(spec)
  const [endpoint] = spec.connect
  return endpoint === undefined ? new RouterSocket(spec) : new DealerSocket(spec, endpoint)
}

/** Whoever is kept out and would never know why is told so, where nobody asked to be. */
function warning(clock: Clock): (error: LinkError) => void {
  const warn = sparingly(
    () => clock.now(),
    (text) => process.emitWarning(text, { type: 'LinkWarning', code: 'ERR_SLUICE_LINK' }),
  )
  return (error) => {
    if (error.reason === 'key' || error.reason === 'mechanism') warn(error)
  }
}

/** Tells of each handshake that failed, beside counting it. */
function telling(events: FrameEvents, tell: (error: LinkError) => void): FrameEvents {
  return {
    ...events,
    refused: (peer, error) => {
      events.refused(peer, error)
      if (peer === undefined && error instanceof LinkError) tell(error)
    },
  }
}

/** A thread that ends while libzmq works for it takes the whole process along. */
function offMainThread({ role, text }: Endpoint): OptionError {
  return new OptionError(
    role,
    `${role}: endpoint '${text}' is a socket, and sockets live in the main thread; allowed on a worker thread: channel://name, memory://name, inproc://name`,
  )
}
