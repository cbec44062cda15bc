/** The one peer of a socket that does not tell its connections apart: it is there while any of them is. */
import type { Event } from 'zeromq'
import { within } from '../lifecycle/within.ts'
import type { Peer } from '../port/port.ts'
import { connectionEvent, Connections } from './connections.ts'

/**
 * Turns of the event loop without a message after which none is on its way between the socket and whoever reads it. To ask the
 * socket itself would swallow the signal that wakes its reader.
 */
const quietTurns = 4

/** Called as the crowd gathers and as it is gone. */
export interface CrowdEvents {
  up(peer: Peer): void
  down(peer: Peer): void
}

/** Keeps the peer object in step with the count of connections; each time somebody comes to nobody, it is a new one. */
export class Crowd {
  readonly #label: string
  readonly #events: CrowdEvents
  readonly #mayLeave: (() => boolean) | undefined
  readonly #connections = new Connections()
  #peer: Peer | undefined
  #leaving = false
  #looking = false
  #closed = false
  #deserted: (() => void) | undefined
  /** Turns since a message was taken. */
  #quiet = 0

  /**
   * `mayLeave` is asked before `down`: false while messages of those who left are still to be read. Undefined where
   * nothing is read: then `down` comes at once, so that nothing is handed to a socket with nobody behind it.
   */
  constructor(label: string, events: CrowdEvents, mayLeave: (() => boolean) | undefined) {
    this.#label = label
    this.#events = events
    this.#mayLeave = mayLeave
  }

  get peer(): Peer | undefined {
    return this.#peer
  }

  get size(): number {
    return this.#connections.live
  }

  /** Takes an event of the socket. */
  observe(event: Event): void {
    const seen = connectionEvent(event.type)
    if (seen === undefined) return
    this.#connections.take(seen)
    if (this.size === 0) this.#deserted?.()
    if (this.#closed) return
    this.#leaving = this.size === 0 && this.#peer !== undefined
    if (this.size > 0) this.met()
    else this.taken()
  }

  /** Somebody is there: an event said so, or a message of theirs came before the event did. */
  met(): Peer {
    if (this.#peer !== undefined) return this.#peer
    this.#peer = { label: this.#label }
    this.#events.up(this.#peer)
    return this.#peer
  }

  /** A message was taken: the last one of those who left, perhaps. */
  taken(): void {
    this.#quiet = 0
    if (!this.#leaving || this.#looking) return
    if (this.#mayLeave === undefined) return this.#leave()
    this.#looking = true
    this.#look()
  }

  /** Tells nothing from now on. */
  close(): void {
    this.#closed = true
    this.#clear()
  }

  /** Resolves when no connection is left, or when so much time has passed. */
  deserted(waitMs: number): Promise<void> {
    if (this.size === 0) return Promise.resolve()
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#deserted = resolve
    return within(waitMs, promise)
  }

  #look(): void {
    setImmediate(() => {
      if (this.#leaving && ++this.#quiet < quietTurns) return this.#look()
      this.#looking = false
      if (this.#leaving && this.#mayLeave?.() !== false) this.#leave()
    })
  }

  #leave(): void {
    const peer = this.#peer
    this.#clear()
    if (peer !== undefined) this.#events.down(peer)
  }

  #clear(): void {
    this.#leaving = false
    this.#peer = undefined
  }
}
