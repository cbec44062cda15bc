/** How a session begins on either side: who says HELLO, how often, and what makes it impossible. */
import { ProtocolError } from '@sluice/core/parts'
import { codecName, protocolVersion } from './packets.ts'
import type { ByePacket, Position, Role } from './packets.ts'

/** First and longest pause between two HELLOs, in milliseconds. */
const shortestMs = 250
const longestMs = 2_000

/** How long a side waits for a sign of the other before it asks, in milliseconds. */
export const probeMs = 1_000

/** A pause that doubles each time. */
export class Backoff {
  #pauseMs = shortestMs

  /** When it is time again, counted from `now`. */
  next(now: number): number {
    const at = now + this.#pauseMs
    this.#pauseMs = Math.min(longestMs, this.#pauseMs * 2)
    return at
  }

  /** The next pause is the longest: for an other side that is not to be asked soon. */
  longest(): void {
    this.#pauseMs = longestMs
  }

  reset(): void {
    this.#pauseMs = shortestMs
  }
}

/** A position that cannot begin a session with this side: why, and what is said of it (BP-3). */
export interface Objection {
  readonly packet: ByePacket
  readonly error: ProtocolError
}

/** Says why a position cannot begin a session with this side, or nothing. */
export function objection(position: Position, own: Role): Objection | undefined {
  const { version, role, codec } = position
  const other: Role = own === 'sender' ? 'receiver' : 'sender'
  if (version !== protocolVersion)
    return objecting('version', `version ${version} is not spoken here; ${protocolVersion} is`)
  if (role === own) return objecting('role', `two ${own}s cannot be joined`)
  if (role !== other) return objecting('role', `a ${own} is joined to a ${other} and nothing else`)
  if (codec !== codecName)
    return objecting('codec', `the codec ${codec.slice(0, 32)} is not spoken here; ${codecName} is`)
  return undefined
}

function objecting(code: string, message: string): Objection {
  return { packet: bye(code, message), error: new ProtocolError('BP-3', message) }
}

/** What a side tells of itself in HELLO and WELCOME, beside its own positions. */
export function introduction(role: Role, id: string, compact: boolean): Position {
  return { version: protocolVersion, role, id, codec: codecName, compact: compact ? true : undefined }
}

/** A goodbye to whoever it is. */
export function bye(code: string, message: string, epoch?: Uint8Array): ByePacket {
  return { type: 'bye', epoch, code, message }
}

/** What a position of this role cannot do without. */
export function required<T>(value: T | undefined, name: string, rule: string): T {
  if (value === undefined) throw new ProtocolError(rule, `a position without ${name}`)
  return value
}
