/** What was refused on the way in, counted by its reason. */
import { DecodeError, FullError, LinkError, ProtocolError } from '../errors.ts'
import type { SluiceError } from '../errors.ts'
import { ReasonCounts } from '../flow/reason-counts.ts'
import type { Peer, Port, PortEvents, Ports, PortSpec } from './port.ts'

/** Rules whose breach is a bound that was hit, and what the bound is of. */
const bounds: Readonly<Record<string, string>> = {
  'BP-6': 'sessions',
  'BP-18': 'bytes',
  'SEC-17': 'sessions',
}

/** The counts behind `stats().refusedBy`. */
export class Refusals {
  readonly #counts = new ReasonCounts()

  count(error: Error): void {
    this.#counts.add(reasonOf(error))
  }

  by(): Readonly<Record<string, number>> {
    return this.#counts.all()
  }

  /** Ports that count here what they refuse. */
  over(ports: Ports): Ports {
    return {
      open: <P>(spec: PortSpec<P>): Port<P> =>
        ports.open({ ...spec, events: new CountedEvents(spec.events, this) }),
    }
  }
}

/** Passes on what a port tells, and counts what it refuses. A link has one of these for each of its ports: so no closures. */
class CountedEvents<P> implements PortEvents<P> {
  readonly #events: PortEvents<P>
  readonly #refusals: Refusals

  constructor(events: PortEvents<P>, refusals: Refusals) {
    this.#events = events
    this.#refusals = refusals
  }

  up(peer: Peer): void {
    this.#events.up(peer)
  }

  packet(peer: Peer, packet: P): void {
    this.#events.packet(peer, packet)
  }

  down(peer: Peer): void {
    this.#events.down(peer)
  }

  writable(peer: Peer): void {
    this.#events.writable(peer)
  }

  suspect(): void {
    this.#events.suspect()
  }

  refused(peer: Peer | undefined, error: SluiceError): void {
    this.#refusals.count(error)
    this.#events.refused(peer, error)
  }

  failed(error: SluiceError): void {
    this.#events.failed(error)
  }
}

function reasonOf(error: Error): string {
  if (error instanceof LinkError) return error.reason ?? 'link'
  if (error instanceof DecodeError) return 'decode'
  if (error instanceof FullError) return 'bytes'
  return error instanceof ProtocolError ? (bounds[error.rule] ?? 'protocol') : 'other'
}
