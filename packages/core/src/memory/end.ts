/** One end of a connection in memory, as the port at this end sees it. */
import type { Peer } from '../port/port.ts'

/** The port at an end, as far as a connection needs to know it. */
export interface EndOwner<P> {
  /** Queues what has happened at one of the owner's ends. */
  post(end: End<P>, happening: Happening<P>): void
}

/** What can happen at an end, in the order in which it happened. */
export type Happening<P> =
  | { readonly type: 'up' }
  | { readonly type: 'packet'; readonly packet: P }
  | { readonly type: 'writable' }
  | { readonly type: 'down' }

/** Packets that wait at the far end of a one-way connection before `send` says no. */
export const pushCapacity = 16

/**
 * Both sides run in one thread, so that what is said is heard before much else is done. What is on its way meanwhile is kept
 * few, to be gone again before the garbage collector sees it.
 */
const reactionMs = 2

/** Knows how many packets wait at it and whether its owner was told of it; the other end is its own peer object. */
export class End<P> implements Peer {
  readonly label: string
  readonly reactionMs: number = reactionMs
  readonly owner: EndOwner<P>
  /** The name through which this end was connected; undefined at the bound end. */
  readonly soughtAs: string | undefined
  /** The pattern has been told of this peer. */
  told = false
  open = true
  #other: End<P> | undefined
  #waiting = 0
  #refused = false

  private constructor(owner: EndOwner<P>, label: string, soughtAs: string | undefined) {
    this.owner = owner
    this.label = label
    this.soughtAs = soughtAs
  }

  /** Makes both ends of a connection; the first is the one that connected. */
  static pair<P>(
    guest: EndOwner<P>,
    host: EndOwner<P>,
    name: string,
    label: string,
  ): readonly [End<P>, End<P>] {
    const near = new End<P>(guest, label, name)
    const far = new End<P>(host, `${label} from within`, undefined)
    near.#other = far
    far.#other = near
    return [near, far]
  }

  /** Whether the connection leads to this owner. */
  leadsTo(owner: unknown): boolean {
    return this.#other?.owner === owner
  }

  /** Sends to the other end; false when `capacity` packets wait there, and then `writable` follows. */
  send(packet: P, capacity: number): boolean {
    const other = this.#other
    if (!this.open || other === undefined) return true
    if (other.#waiting >= capacity) {
      this.#refused = true
      return false
    }
    other.#waiting++
    other.owner.post(other, { type: 'packet', packet })
    return true
  }

  /** A packet that waited at this end has been handed over. */
  taken(): void {
    const other = this.#other
    this.#waiting--
    if (other === undefined || !other.#refused || this.#waiting > pushCapacity / 2) return
    other.#refused = false
    other.owner.post(other, { type: 'writable' })
  }

  /** Ends the connection; the other end is told, this one knows. */
  cut(): void {
    if (!this.open) return
    this.open = false
    const other = this.#other
    if (other === undefined || !other.open) return
    other.open = false
    other.owner.post(other, { type: 'down' })
  }
}
