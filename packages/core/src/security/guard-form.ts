/** A guard as it travels from a run to a process of its own. */
import type { Guard } from './guard.ts'
import { Security } from './security.ts'
import type { RevealedSecurity } from './security.ts'

/** What a process of a run is told: over the pipe between them, where nobody else reads. */
export interface GuardForm {
  readonly security: RevealedSecurity | undefined
  readonly insecure: boolean
  /** Whether the run wants to hear of refusals itself; else they are lines of the replica's log. */
  readonly tells: boolean
}

/** Puts a guard into a form that travels. */
export function guardForm({ security, insecure, onRefused }: Guard): GuardForm {
  return {
    security: security?.reveal(),
    insecure: insecure === true,
    tells: onRefused !== undefined,
  }
}

/** Makes a guard of what travelled. */
export function guardFrom({ security, insecure }: GuardForm): Guard {
  return { security: security === undefined ? undefined : new Security(security), insecure }
}
