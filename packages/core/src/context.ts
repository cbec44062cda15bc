/** Where endpoints lead: the one place that knows which scheme is moved by what. */
import { OptionError } from './errors.ts'
import { MemoryPort } from './memory/memory-port.ts'
import type { MemoryNames } from './memory/memory-port.ts'
import { Names } from './memory/names.ts'
import { parseEndpoint } from './port/endpoint.ts'
import type { Endpoint, Scheme } from './port/endpoint.ts'
import type { Port, Ports, PortSpec } from './port/port.ts'

/**
 * Opens ports on any scheme, and is where names of `memory://` live: ports that shall meet by such a
 * name share one `Context`. Closing it closes every port that it opened.
 */
export class Context implements Ports, AsyncDisposable {
  readonly #names: MemoryNames = new Names()
  readonly #open = new Set<Port<never>>()

  /** @throws {OptionError} for an endpoint that nothing can move, before anything is opened. */
  open<P>(spec: PortSpec<P>): Port<P> {
    const endpoints = endpointsOf(spec)
    const memory = endpoints.filter((endpoint) => endpoint.scheme === 'memory')
    if (memory.length === 0) throw notYet(endpoints)
    const other = endpoints.find((endpoint) => endpoint.scheme !== 'memory')
    if (other !== undefined) throw mixed(other)
    const port = new MemoryPort<P>(
      {
        scheme: 'memory',
        shape: spec.shape,
        events: spec.events,
        bind: addresses(endpoints, 'bind'),
        connect: addresses(endpoints, 'connect'),
        clock: spec.clock,
      },
      this.#names,
    )
    this.#open.add(port)
    return port
  }

  /** Closes every port that this context opened and that is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#open].map((port) => port.close(0)))
    this.#open.clear()
  }
}

function endpointsOf<P>(spec: PortSpec<P>): readonly Endpoint[] {
  return [
    ...spec.bind.map((text) => parseEndpoint(text, 'bind')),
    ...spec.connect.map((text) => parseEndpoint(text, 'connect')),
  ]
}

function addresses(endpoints: readonly Endpoint[], role: 'bind' | 'connect'): string[] {
  return endpoints.filter((endpoint) => endpoint.role === role).map((endpoint) => endpoint.address)
}

function mixed(endpoint: Endpoint): OptionError {
  return new OptionError(
    endpoint.role,
    `${endpoint.role}: endpoint '${endpoint.text}' stands beside a memory:// endpoint; allowed: memory:// alone, or the other schemes without it`,
  )
}

function notYet(endpoints: readonly Endpoint[]): OptionError {
  const first: { role: string; scheme: Scheme | 'none' } = endpoints[0] ?? { role: 'bind', scheme: 'none' }
  return new OptionError(first.role, `${first.scheme}: not carried yet`)
}
