/** Where endpoints lead: the one place that knows which scheme is moved by what. */
import { Bridge } from './channel/bridge.ts'
import type { BridgeSpec } from './channel/bridge.ts'
import type { ChannelHub } from './channel/channel-hub.ts'
import { ChannelSocket } from './channel/channel-socket.ts'
import { OptionError } from './errors.ts'
import { openInproc } from './memory/inproc.ts'
import { MemoryPort } from './memory/memory-port.ts'
import type { MemoryNames } from './memory/memory-port.ts'
import { Names } from './memory/names.ts'
import { openParts } from './port/composite.ts'
import type { Part, PartSpec } from './port/composite.ts'
import { addressesOf, ofRole, parseEndpoints } from './port/endpoint.ts'
import type { Endpoint, Scheme } from './port/endpoint.ts'
import type { FrameSocket, FrameSpec } from './port/frame-socket.ts'
import type { Port, Ports, PortSpec } from './port/port.ts'
import { WirePort } from './port/wire-port.ts'
import { refuseExposed } from './security/guard.ts'
import { zeromqParts } from './zeromq/open.ts'

/** What a context can be given. */
export interface ContextOptions {
  /** Where the MessagePorts of `channel://` names are attached. */
  readonly channels?: ChannelHub | undefined
}

/**
 * Opens ports on any scheme, and is where names of `memory://` live: ports that shall meet by such a
 * name share one `Context`. Disposing it closes every port that it opened.
 */
export class Context implements Ports, AsyncDisposable {
  readonly #names: MemoryNames = new Names()
  readonly #channels: ChannelHub | undefined
  readonly #opened = new Set<Port<never>>()

  constructor(options: ContextOptions = {}) {
    this.#channels = options.channels
  }

  /** @throws {OptionError} for an endpoint that nothing can move, before anything is opened. */
  open<P>(spec: PortSpec<P>): Port<P> {
    const owned = { ...spec, ended: (): void => void this.#opened.delete(port) }
    const port = this.#open(owned)
    this.#opened.add(port)
    return port
  }

  /** Closes every port that this context opened and that is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map((port) => port.close(0)))
  }

  #open<P>(spec: PortSpec<P> & { readonly ended: () => void }): Port<P> {
    const endpoints = parseEndpoints(spec)
    if (!endpoints.some(({ scheme }) => scheme === 'memory')) {
      return new WirePort(spec, (events) => openFrames({ ...spec, events }, this.#channels))
    }
    const other = endpoints.find(({ scheme }) => scheme !== 'memory')
    if (other === undefined) {
      return new MemoryPort({ ...spec, scheme: 'memory', ...addressesOf(endpoints) }, this.#names)
    }
    throw new OptionError(
      other.role,
      `${other.role}: endpoint '${other.text}' stands beside a memory:// endpoint; allowed: memory:// alone, or the other schemes without it`,
    )
  }
}

/** Opens ports on `tcp://`, `ipc://` and `inproc://`, which need no `Context` to meet in. */
export const systemPorts: Ports = {
  open<P>(spec: PortSpec<P>): Port<P> {
    const memory = parseEndpoints(spec).find(({ scheme }) => scheme === 'memory')
    if (memory === undefined) return new WirePort(spec, (events) => openFrames({ ...spec, events }))
    throw new OptionError(
      'context',
      `${memory.role}: endpoint '${memory.text}' is a name within a Context, and none was given; allowed: context: a Context that both sides share`,
    )
  },
}

/**
 * Opens the sockets of a link for a stage that stands on a thread, where sockets cannot be.
 * @throws {OptionError} for an endpoint that is no socket, before anything is opened.
 */
export function openBridge(spec: BridgeSpec): Bridge {
  return new Bridge(spec, (events) => openFrames({ ...spec, events }))
}

/** Opens the frame socket for endpoints of any scheme but `memory://`, several schemes at once included. */
function openFrames(spec: FrameSpec, channels?: ChannelHub): FrameSocket {
  const endpoints = parseEndpoints(spec)
  refuseExposed(endpoints, spec.guard)
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
