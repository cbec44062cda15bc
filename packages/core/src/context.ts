/** Where endpoints lead: the one place that knows which scheme is moved by what. */
import { OptionError } from './errors.ts'
import { openInproc } from './memory/inproc.ts'
import { MemoryPort } from './memory/memory-port.ts'
import type { MemoryNames } from './memory/memory-port.ts'
import { Names } from './memory/names.ts'
import { openParts } from './port/composite.ts'
import type { Part } from './port/composite.ts'
import { parseEndpoint } from './port/endpoint.ts'
import type { Endpoint, Scheme } from './port/endpoint.ts'
import type { Port, Ports, PortSpec } from './port/port.ts'
import { WirePort } from './port/wire-port.ts'
import { checkIpcPath } from './zeromq/ipc-path.ts'
import { zeromqParts } from './zeromq/open.ts'

/**
 * Opens ports on any scheme, and is where names of `memory://` live: ports that shall meet by such a
 * name share one `Context`. Disposing it closes every port that it opened.
 */
export class Context implements Ports, AsyncDisposable {
  readonly #names: MemoryNames = new Names()
  readonly #opened = new Set<Port<never>>()

  /** @throws {OptionError} for an endpoint that nothing can move, before anything is opened. */
  open<P>(spec: PortSpec<P>): Port<P> {
    const places = placesOf(spec)
    const owned = { ...spec, ended: (): void => void this.#opened.delete(port) }
    const port = places.some((place) => place.scheme === 'memory')
      ? openMemory(owned, places, this.#names)
      : openWire(owned, places)
    this.#opened.add(port)
    return port
  }

  /** Closes every port that this context opened and that is still open. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#opened].map((port) => port.close(0)))
  }
}

/** Opens ports on `tcp://`, `ipc://` and `inproc://`, which need no `Context` to meet in. */
export const systemPorts: Ports = {
  open<P>(spec: PortSpec<P>): Port<P> {
    const places = placesOf(spec)
    const memory = places.find((place) => place.scheme === 'memory')
    if (memory === undefined) return openWire(spec, places)
    throw new OptionError(
      'context',
      `${memory.role}: endpoint '${memory.text}' is a name within a Context, and none was given; allowed: context: a Context that both sides share`,
    )
  },
}

/** An endpoint and its place in its list. */
interface Place extends Endpoint {
  readonly index: number
}

function placesOf<P>(spec: PortSpec<P>): readonly Place[] {
  const places = [
    ...spec.bind.map((text, index) => ({ ...parseEndpoint(text, 'bind'), index })),
    ...spec.connect.map((text, index) => ({ ...parseEndpoint(text, 'connect'), index })),
  ]
  for (const { scheme, role, address } of places) if (scheme === 'ipc') checkIpcPath(role, address)
  return places
}

function openMemory<P>(
  spec: PortSpec<P> & { readonly ended?: () => void },
  places: readonly Place[],
  names: MemoryNames,
): Port<P> {
  const other = places.find((place) => place.scheme !== 'memory')
  if (other !== undefined) {
    throw new OptionError(
      other.role,
      `${other.role}: endpoint '${other.text}' stands beside a memory:// endpoint; allowed: memory:// alone, or the other schemes without it`,
    )
  }
  return new MemoryPort({ ...spec, scheme: 'memory', ...addresses(places) }, names)
}

function openWire<P>(spec: PortSpec<P>, places: readonly Place[]): Port<P> {
  const parts = [
    ...zeromqPartsOf(spec, select(places, ['tcp', 'ipc'])),
    ...inprocParts(spec, select(places, ['inproc'])),
  ]
  return new WirePort(spec, (events) => openParts(parts, events))
}

function zeromqPartsOf<P>(spec: PortSpec<P>, places: readonly Place[]): Part[] {
  const { shape, limits, clock } = spec
  const bind = places.filter(({ role }) => role === 'bind')
  const connect = places.filter(({ role }) => role === 'connect')
  return zeromqParts(
    { shape, limits, clock },
    bind.map(({ text, index }) => ({ endpoint: text, index })),
    connect.map(({ text }) => text),
  )
}

function inprocParts<P>(spec: PortSpec<P>, places: readonly Place[]): Part[] {
  if (places.length === 0) return []
  const { shape, clock } = spec
  const binds = places.filter(({ role }) => role === 'bind').map(({ index }) => index)
  return [
    {
      binds,
      open: (events) => openInproc({ scheme: 'inproc', shape, clock, events, ...addresses(places) }),
    },
  ]
}

function select(places: readonly Place[], schemes: readonly Scheme[]): readonly Place[] {
  return places.filter(({ scheme }) => schemes.includes(scheme))
}

function addresses(places: readonly Place[]): { readonly bind: string[]; readonly connect: string[] } {
  const of = (role: Endpoint['role']) =>
    places.filter((place) => place.role === role).map(({ address }) => address)
  return { bind: of('bind'), connect: of('connect') }
}
