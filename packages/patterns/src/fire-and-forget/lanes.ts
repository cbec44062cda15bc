/** The receivers that a pusher knows, and whose turn it is. Pure. */
import type { Peer } from '@sluice/core'

/** One receiver, or all that are connected to one bound socket. */
export interface Lane {
  readonly peer: Peer
  /** False from a send that took nothing until the port says otherwise. */
  writable: boolean
  /** Ends of the stream that are still to be sent here. */
  endsOwed: number
}

/** Gives out lanes in turn, leaving out those that take nothing at the moment. */
export class Lanes {
  readonly #lanes: Lane[] = []
  #writable = 0
  #turn = 0

  get size(): number {
    return this.#lanes.length
  }

  /** Whether some lane takes something. */
  get open(): boolean {
    return this.#writable > 0
  }

  add(peer: Peer): Lane {
    const lane = { peer, writable: true, endsOwed: 0 }
    this.#lanes.push(lane)
    this.#writable++
    return lane
  }

  remove(peer: Peer): void {
    const at = this.#lanes.findIndex((lane) => lane.peer === peer)
    if (at < 0) return
    if (this.#lanes[at]?.writable === true) this.#writable--
    this.#lanes.splice(at, 1)
    if (at < this.#turn) this.#turn--
  }

  /** Forgets everybody. */
  clear(): void {
    this.#lanes.length = 0
    this.#writable = 0
    this.#turn = 0
  }

  /** The next writable lane in turn. */
  next(): Lane | undefined {
    if (this.#writable === 0) return undefined
    for (;;) {
      const lane = this.#lanes[this.#turn++ % this.#lanes.length]
      if (this.#turn >= this.#lanes.length) this.#turn = 0
      if (lane?.writable === true) return lane
    }
  }

  /** Marks a lane that took nothing. */
  block(lane: Lane): void {
    if (lane.writable) this.#writable--
    lane.writable = false
  }

  /** Marks the lane of a peer that takes packets again. */
  unblock(peer: Peer): void {
    const lane = this.#lanes.find((candidate) => candidate.peer === peer)
    if (lane === undefined || lane.writable) return
    lane.writable = true
    this.#writable++
  }

  [Symbol.iterator](): IterableIterator<Lane> {
    return this.#lanes.values()
  }
}
