/** The books of a replier: every request that came ends in exactly one column. Pure. */
import { nothingEnded } from '@sluice/core/parts'
import type { Outcome, ReceiverStats } from '@sluice/core'

/** Counts requests as they come and as they end. */
export class ReplyLedger {
  refused = 0
  redelivered = 0
  /** Whether answers are remembered, and duplicates counted. */
  remembers = false
  #duplicates = 0
  #received = 0
  #held = 0
  readonly #ended = nothingEnded()

  /** Requests that have come and not ended. */
  get held(): number {
    return this.#held
  }

  take(isRedelivered: boolean): void {
    this.#received++
    this.#held++
    if (isRedelivered) this.redelivered++
  }

  end(outcome: Outcome): void {
    this.#held--
    this.#ended[outcome]++
  }

  /** One that has ended so was answered as its first copy was, and not handled. */
  duplicate(outcome: Outcome): void {
    this.#duplicates++
    this.#ended[outcome]--
    this.#ended.dropped++
  }

  stats(peers: number): ReceiverStats {
    const { delivered, deadLettered, failed, dropped, undelivered } = this.#ended
    return {
      received: this.#received,
      delivered,
      deadLettered,
      failed,
      dropped: dropped + undelivered,
      held: this.#held,
      redelivered: this.redelivered,
      peers,
      refused: this.refused,
      ...(this.remembers ? { duplicates: this.#duplicates } : undefined),
    }
  }
}
