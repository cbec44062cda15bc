/** The books of a link's sending side: every message that was accepted ends in exactly one column. Pure. */
import type { LinkStats, Outcome, Ticket } from '../link/link.ts'
import { nothingEnded } from './nothing-ended.ts'
import { ReasonCounts } from './reason-counts.ts'

type Tickets = readonly (Ticket | undefined)[] | undefined

/** What is not in the books because it changes by itself. */
export type LinkPosition = Pick<LinkStats, 'pending' | 'inFlight' | 'peers' | 'refused' | 'refusedBy'>

/** Counts messages as they end and settles their tickets. */
export class LinkLedger {
  accepted = 0
  redelivered = 0
  waits = 0
  waitedMs = 0
  readonly #ended = nothingEnded()
  readonly #droppedBy = new ReasonCounts()

  /** One message has ended. */
  end(outcome: Outcome, ticket: Ticket | undefined, error?: Error): void {
    this.#ended[outcome]++
    ticket?.settle(outcome, error)
  }

  /** `count` messages have ended alike. */
  endAll(outcome: Outcome, count: number, tickets: Tickets, error?: Error): void {
    this.#ended[outcome] += count
    if (tickets === undefined) return
    for (const ticket of tickets) ticket?.settle(outcome, error)
  }

  /** `count` messages were lost on purpose. */
  drop(reason: string, count: number, tickets: Tickets): void {
    this.#droppedBy.add(reason, count)
    this.endAll('dropped', count, tickets)
  }

  stats(position: LinkPosition): LinkStats {
    return {
      accepted: this.accepted,
      ...this.#ended,
      droppedBy: this.#droppedBy.all(),
      redelivered: this.redelivered,
      waits: this.waits,
      waitedMs: this.waitedMs,
      ...position,
    }
  }
}
