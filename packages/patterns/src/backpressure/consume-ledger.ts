/** The books of a consumer: what it has taken, and how it ended. Pure. */
import { nothingEnded } from '@sluice/core/parts'
import type { Outcome, ReceiverStats } from '@sluice/core'

/** Counts messages; what goes back to its sender unfinished counts as never taken. */
export class ConsumeLedger {
  #received = 0
  #redelivered = 0
  readonly #ended = nothingEnded()

  /** Whether duplicates are known, and counted. */
  remembers = false
  /** Those counted as delivered that no handler saw. */
  #duplicates = 0

  /** Messages taken and not ended. */
  get held(): number {
    const { delivered, dropped, deadLettered, failed, undelivered } = this.#ended
    return this.#received - delivered - dropped - deadLettered - failed - undelivered
  }

  take(count: number, redelivered: boolean): void {
    this.#received += count
    if (redelivered) this.#redelivered += count
  }

  end(outcome: Outcome, count: number): void {
    this.#ended[outcome] += count
  }

  /** A message is dropped that was finished before; its sender is told that it is delivered. */
  duplicate(): void {
    this.#duplicates++
  }

  stats(peers: number, refused: number): ReceiverStats {
    const { undelivered, ...ended } = this.#ended
    const received = this.#received - undelivered
    const duplicates = this.#duplicates
    const delivered = ended.delivered - duplicates
    const known = this.remembers ? { duplicates } : undefined
    return {
      received,
      ...ended,
      delivered,
      dropped: ended.dropped + duplicates,
      ...known,
      held: this.held,
      redelivered: this.#redelivered,
      peers,
      refused,
    }
  }
}
