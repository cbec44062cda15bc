/** Ports whose sockets are all guarded alike, whatever pattern opens them. */
import type { Guard } from '../security/guard.ts'
import type { Port, Ports, PortSpec } from './port.ts'

/** Gives its guard to every port that is opened without one of its own. */
export function guardedPorts(ports: Ports, guard: Guard): Ports {
  return {
    open<P>(spec: PortSpec<P>): Port<P> {
      return ports.open({ ...spec, guard: spec.guard ?? guard })
    },
  }
}
