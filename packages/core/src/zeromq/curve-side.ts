/** CURVE on one native socket: its options, and on a bound one the door that clients come through. */
import { LinkError } from '../errors.ts'
import type { FrameSpec } from '../port/frame-socket.ts'
import type { Security } from '../security/security.ts'
import { gatekeeper } from './gatekeeper.ts'
import type { HandshakeSide } from './handshakes.ts'
import type { CurveOptions } from './native.ts'
import type { Verdict } from './gatekeeper.ts'

/** Within what time the sessions of one key are counted, in milliseconds. */
const countedMs = 10_000

/** What a bound socket tells of itself and is told. */
export interface DoorEvents {
  /** How many connections it has. */
  live(): number
  refused(error: LinkError): void
  /** Somebody who was let in may be in no longer: ends every connection. */
  cut(): void
}

/** For a socket that connects: nobody comes through it. */
export const noDoor: DoorEvents = { live: () => 0, refused: () => undefined, cut: () => undefined }

/** A socket has the keys of one side: it serves where it binds and proves itself where it connects. */
export class CurveSide {
  readonly options: CurveOptions
  readonly side: HandshakeSide
  readonly #stop: () => void

  constructor(spec: Pick<FrameSpec, 'bind' | 'connect' | 'limits' | 'guard' | 'clock'>, events: DoorEvents) {
    const security = spec.guard?.security
    const [target] = spec.connect
    this.side = {
      role: target === undefined ? 'bind' : 'connect',
      publicKey: security?.keys.publicKey,
    }
    if (security === undefined) {
      this.options = { zapEnforceDomain: true }
      this.#stop = () => undefined
    } else if (target !== undefined) {
      this.options = { ...own(security), curveServerKey: security.serverKeyOf(target) }
      this.#stop = () => undefined
    } else {
      const door = new ListedDoor(security, spec, events)
      const domain = gatekeeper.open((key, address) => door.ask(key, address))
      this.options = { ...own(security), curveServer: true, zapDomain: domain }
      this.#stop = () => {
        gatekeeper.close(domain)
        door.close()
      }
    }
  }

  /** Answers for the socket no more. Idempotent. */
  close(): void {
    this.#stop()
  }
}

function own({ keys }: Security): CurveOptions {
  return { zapEnforceDomain: true, curvePublicKey: keys.publicKey, curveSecretKey: keys.reveal() }
}

/** Lets in who is on the list, as far as there is room; remembers whom, for the day that they are taken off it. */
class ListedDoor {
  readonly #security: Security
  readonly #spec: Pick<FrameSpec, 'limits' | 'clock'>
  readonly #events: DoorEvents
  readonly #unwatch: () => void
  /** How often each key came in since the count began. */
  #admitted = new Map<string, number>()
  readonly #everAdmitted = new Set<string>()
  #countsFrom: number

  constructor(security: Security, spec: Pick<FrameSpec, 'limits' | 'clock'>, events: DoorEvents) {
    this.#security = security
    this.#spec = spec
    this.#events = events
    this.#countsFrom = spec.clock.now()
    this.#unwatch = security.allow.watch((key) => {
      if (!security.admits(key) && this.#everAdmitted.delete(key)) events.cut()
    })
  }

  ask(key: string, address: string): Verdict {
    const { maxPeers, maxSessionsPerKey } = this.#spec.limits
    if (!this.#security.admits(key)) {
      const what = `refused the key ${key} of a client at ${address}: it is not on the list of this side (security.allow)`
      return this.#refuse('never', 'key', 'EACCES', what)
    }
    if (this.#events.live() >= maxPeers) {
      return this.#refuse(
        'later',
        'peers',
        'EAGAIN',
        `refused a client at ${address}: ${maxPeers} peers are there (limits.maxPeers)`,
      )
    }
    if (this.#count(key) > maxSessionsPerKey) {
      const what = `refused the key ${key} of a client at ${address}: it began more than ${maxSessionsPerKey} sessions within ${countedMs} ms (limits.maxSessionsPerKey)`
      return this.#refuse('later', 'sessions', 'EAGAIN', what)
    }
    this.#everAdmitted.add(key)
    return 'in'
  }

  close(): void {
    this.#unwatch()
  }

  #count(key: string): number {
    const now = this.#spec.clock.now()
    if (now - this.#countsFrom >= countedMs) {
      this.#countsFrom = now
      this.#admitted = new Map()
    }
    const count = (this.#admitted.get(key) ?? 0) + 1
    this.#admitted.set(key, count)
    return count
  }

  #refuse(verdict: Verdict, reason: string, errno: string, what: string): Verdict {
    this.#events.refused(new LinkError(what, { reason, errno }))
    return verdict
  }
}
