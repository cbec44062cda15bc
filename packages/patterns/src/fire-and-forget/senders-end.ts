/** When a stream that nobody can ask about has ended: ends are counted, and connections. */
import type { Clock, Timer } from '@sluice/core'

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
  #connections = 0
  #open = 0
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

  /** Connections that are open. */
  get open(): number {
    return this.#open
  }

  up(): void {
    this.#connections++
    this.#open++
    this.#hush()
  }

  down(): void {
    this.#open--
    this.#look()
  }

  /** A sender has ended its stream. */
  end(): void {
    this.#ends++
    this.#look()
  }

  /** Something came, so that more may be behind it. */
  heard(): void {
    if (this.#quiet !== undefined) this.#look()
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
    const idle = this.#open <= 0
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
