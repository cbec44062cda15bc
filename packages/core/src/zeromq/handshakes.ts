/** What became of each handshake, told from a socket's events in our words: who refused whom, and what to do. */
import type { Event } from 'zeromq'
import { LinkError } from '../errors.ts'

/** The side of the socket that the events are about. */
export interface HandshakeSide {
  readonly role: 'bind' | 'connect'
  /** This side's public key where it speaks CURVE. */
  readonly publicKey: string | undefined
}

/** Why a handshake failed, told from the event; `silent` when the other side just went. */
type Failure = 'refused' | 'mechanism' | 'cipher' | 'timeout' | 'silent' | 'other'

/** Follows one socket. A connecting one has one connection at a time, so that a loss without a word is seen too. */
export class Handshakes {
  readonly #side: HandshakeSide
  #open = false

  constructor(side: HandshakeSide) {
    this.#side = side
  }

  /** Takes an event; returns the error where it says that a handshake failed. */
  take(event: Event): LinkError | undefined {
    if (this.#side.role === 'bind') return this.#takeBound(event)
    if (event.type === 'connect') this.#open = true
    if (event.type === 'handshake') this.#open = false
    const failure = failureOf(event) ?? (event.type === 'disconnect' ? 'silent' : undefined)
    if (failure === undefined || !this.#open) return undefined
    this.#open = false
    // Without CURVE a connection that ends early is one that is tried again, as every other.
    if (failure === 'silent' && this.#side.publicKey === undefined) return undefined
    return this.#error(failure, event)
  }

  #takeBound(event: Event): LinkError | undefined {
    const failure = failureOf(event)
    // Whoever refused a key has said so already, and knows the key.
    return failure === undefined || failure === 'refused' ? undefined : this.#error(failure, event)
  }

  #error(failure: Failure, event: Event): LinkError {
    const endpoint = 'address' in event ? event.address : undefined
    const cause = 'error' in event ? event.error : undefined
    const words = this.#side.role === 'bind' ? this.#words(failure) : this.#ownWords(failure)
    const what = words ?? `ended in its handshake: ${cause?.message ?? 'without a word'}`
    return new LinkError(
      this.#side.role === 'bind'
        ? `a connection at ${endpoint} ${what}`
        : `the connection to ${endpoint} ${what}`,
      { endpoint, errno: errnoOf(cause), cause, reason: this.#reason(failure) },
    )
  }

  #reason(failure: Failure): string {
    if (failure === 'mechanism') return 'mechanism'
    if (failure === 'refused' || failure === 'cipher') return 'key'
    const isUnexplained = failure !== 'timeout' && this.#side.publicKey !== undefined
    return isUnexplained && this.#side.role === 'connect' ? 'key' : 'handshake'
  }

  /** On the side that binds: of somebody else's connection. */
  #words(failure: Failure): string | undefined {
    const curve = this.#side.publicKey
    if (failure === 'mechanism') {
      return curve === undefined
        ? 'was ended: the client speaks CURVE and this side has no security'
        : 'was ended: the client does not speak CURVE, and this side has security'
    }
    if (failure === 'cipher')
      return `was ended: the client takes another serverKey for this side's, which is ${curve}`
    if (failure === 'timeout') return 'was ended: its handshake took longer than limits.handshakeTimeoutMs'
    return undefined
  }

  /** On the side that connects: of its own connection, and so with what to do. */
  #ownWords(failure: Failure): string | undefined {
    const curve = this.#side.publicKey
    if (failure === 'refused') {
      return `was refused: the key ${curve} is not on the list there; add it to security.allow of that side, and this one comes in by itself`
    }
    if (failure === 'mechanism') {
      return curve === undefined
        ? 'was refused: that side speaks CURVE; give this one security: { keyFile, serverKey }'
        : 'was refused: that side does not speak CURVE; give it security too, or leave it out here'
    }
    if (curve === undefined) return undefined
    return (
      'was ended in its handshake without a reason: most likely security.serverKey is not the key of that side, ' +
      'or it has as many peers as it may (limits.maxPeers)'
    )
  }
}

function failureOf(event: Event): Failure | undefined {
  if (event.type === 'handshake:error:auth') return 'refused'
  if (event.type === 'handshake:error:other')
    return errnoOf(event.error) === 'ETIMEDOUT' ? 'timeout' : 'other'
  if (event.type !== 'handshake:error:protocol') return undefined
  const code = errnoOf(event.error)
  if (code === 'ERR_ZMTP_MECHANISM_MISMATCH') return 'mechanism'
  return code === 'ERR_ZMTP_CRYPTOGRAPHIC' ? 'cipher' : 'other'
}

function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}
