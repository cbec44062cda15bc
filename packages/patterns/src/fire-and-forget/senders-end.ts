/** When a stream that nobody can ask about has ended: ends are counted, and connections. */
import type { Clock, Peer, Timer } from '@sluice/core'

/** Silence after the last connection is gone in which what was still on its way arrives, in milliseconds. */
const quietMs = 50

/**
 * Decides that nothing more comes.
 *
 * With an expected number: that many ends arrived. Without: every connection that ever came has ended its stream, and none is
 * open. Once told that the senders are gone: none is open, and nothing came for a moment.
 */
export class SendersEnd {
  readonly #expected: number | undefined
  readonly #clock: Clock
  readonly #onOver: () => void
  #ends = 0
  /** Connections that ever came, as far as was seen. */
  #connections = 0
  /** The peers that are there, with the most connections that were seen behind each at once. */
  readonly #open = new Map<Peer, number>()
  #gone = false
  #listening = false
  #over = false
  #quiet: Timer | undefined

  constructor(expected: number | undefined, clock: Clock, onOver: () => void) {
    this.#expected = expected
    this.#clock = clock
    this.#onOver = onOver
  }

  get over(): boolean {
    return this.#over
  }

  /** The peers that are there. */
  get peers(): Iterable<Peer> {
    return this.#open.keys()
  }

  up(peer: Peer): void {
    this.#open.set(peer, 1)
    this.#connections++
    this.#hush()
  }

  down(peer: Peer): void {
    this.#open.delete(peer)
    this.#look()
  }

  /** Something came from a peer with so many connections behind it, and more may follow. */
  heard(peer: Peer, connections: number): void {
    const most = this.#open.get(peer) ?? 0
    if (connections > most) {
      this.#open.set(peer, connections)
      this.#connections += connections - most
    }
    if (this.#quiet !== undefined) this.#look()
  }

  /** A sender has ended its stream. */
  end(): void {
    this.#ends++
    this.#look()
  }

  /** Whether the network is read: silence means nothing while it is not. */
  listen(listening: boolean): void {
    this.#listening = listening
    this.#look()
  }

  /** The senders are gone: no end of theirs is still to come. */
  noMore(): void {
    this.#gone = true
    this.#look()
  }

  /** Decides nothing any more. */
  close(): void {
    this.#hush()
    this.#over = true
  }

  #look(): void {
    this.#hush()
    if (this.#over) return
    const all = this.#expected ?? Math.max(1, this.#connections)
    const idle = this.#open.size === 0
    if (this.#ends >= all && (this.#expected !== undefined || idle)) return this.#end()
    if (this.#gone && idle && this.#listening) this.#quiet = this.#clock.after(quietMs, () => this.#end())
  }

  #end(): void {
    this.#over = true
    this.#onOver()
  }

  #hush(): void {
    this.#quiet?.cancel()
    this.#quiet = undefined
  }
}
