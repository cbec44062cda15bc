/** What was refused on the way in, counted by its reason. */
import { DecodeError, FullError, LinkError, ProtocolError } from '../errors.ts'
import type { Port, PortEvents, Ports, PortSpec } from './port.ts'

/** Rules whose breach is a bound that was hit, and what the bound is of. */
const bounds: Readonly<Record<string, string>> = {
  'BP-6': 'sessions',
  'BP-18': 'bytes',
  'SEC-17': 'sessions',
}

/** The counts behind `stats().refusedBy`. */
export class Refusals {
  readonly #counts = new Map<string, number>()

  count(error: Error): void {
    const reason = reasonOf(error)
    this.#counts.set(reason, (this.#counts.get(reason) ?? 0) + 1)
  }

  by(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#counts)
  }

  /** Ports that count here what they refuse. */
  over(ports: Ports): Ports {
    return {
      open: <P>(spec: PortSpec<P>): Port<P> => ports.open({ ...spec, events: this.#counting(spec.events) }),
    }
  }

  #counting<P>(events: PortEvents<P>): PortEvents<P> {
    return {
      up: (peer) => events.up(peer),
      packet: (peer, packet) => events.packet(peer, packet),
      down: (peer) => events.down(peer),
      writable: (peer) => events.writable(peer),
      suspect: () => events.suspect(),
      refused: (peer, error) => {
        this.count(error)
        events.refused(peer, error)
      },
      failed: (error) => events.failed(error),
    }
  }
}

function reasonOf(error: Error): string {
  if (error instanceof LinkError) return error.reason ?? 'link'
  if (error instanceof DecodeError) return 'decode'
  if (error instanceof FullError) return 'bytes'
  return error instanceof ProtocolError ? (bounds[error.rule] ?? 'protocol') : 'other'
}
