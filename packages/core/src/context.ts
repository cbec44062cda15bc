/** Where endpoints lead: ports over memory, which meet in a context, and ports over frames. */
import type { ChannelHub } from './channel/channel-hub.ts'
import { OptionError } from './errors.ts'
import { MemoryPort } from './memory/memory-port.ts'
import type { MemoryNames } from './memory/memory-port.ts'
import { Names } from './memory/names.ts'
import { addressesOf, parseEndpoints } from './port/endpoint.ts'
import { openFrames } from './port/open-frames.ts'
import type { Port, Ports, PortSpec } from './port/port.ts'
import { WirePort } from './port/wire-port.ts'

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
