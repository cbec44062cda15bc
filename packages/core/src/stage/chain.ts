/** The settlement chain: an inbound message has ended when everything that it led to has ended. Pure. */
import type { Outcome, Ticket } from '../link/link.ts'

/** Where a message came from: who is told of its end, once, and who may call it off. */
export interface Origin {
  readonly redelivered: boolean
  signal(index: number): AbortSignal | undefined
  settle(index: number, outcome: Outcome, error: Error | undefined): void
  /** Every handler of this group is done with the message; unless it is `settled`, what it led to is still on its way. */
  handled(index: number, settled: boolean): void
}

/**
 * Counts what is still open for one inbound message: handlers at work, and messages handed on to links.
 *
 * ```
 *   begin ─▶ handlers at work ──▶ none left: handled ──▶ nothing handed on is open: settled, once
 *                  │ handOn ─▶ open at links ─ settle ─▶┘
 * ```
 *
 * It is the ticket of everything that was handed on for its message, so a link needs no object of its own.
 * Its outcome is the worst of all parts: failed, then dead-lettered, then delivered. What a link dropped was handed
 * over as that link promises; what a link could not deliver leaves the message open, so that its sender keeps it.
 */
export class Chain implements Ticket {
  readonly #origin: Origin
  readonly #index: number
  /** True where the message ends with its handlers, whatever becomes of what they emitted. */
  readonly #early: boolean
  #working = 0
  #handedOn = 0
  #outcome: Outcome = 'delivered'
  #error: Error | undefined
  #lost = false
  #settled = false

  constructor(origin: Origin, index: number, early: boolean) {
    this.#origin = origin
    this.#index = index
    this.#early = early
  }

  get redelivered(): boolean {
    return this.#origin.redelivered
  }

  get early(): boolean {
    return this.#early
  }

  /** Aborts when the sender no longer wants the answer. */
  get signal(): AbortSignal | undefined {
    return this.#origin.signal(this.#index)
  }

  /** A handler of this group takes the message, or something made of it. */
  begin(): void {
    this.#working++
  }

  /** That handler is done, and everything that it emitted was taken. */
  end(outcome: Outcome, error: Error | undefined): void {
    this.#note(outcome, error)
    if (--this.#working > 0) return
    this.#check()
    this.#origin.handled(this.#index, this.#settled)
  }

  /** Something made of the message is offered to a link, with this chain as its ticket. */
  handOn(): void {
    this.#handedOn++
  }

  /** The link did not take it after all. */
  takeBack(): void {
    this.#handedOn--
  }

  /** A link says how something that it took has ended. */
  settle(outcome: Outcome, error?: Error): void {
    if (outcome === 'undelivered') this.#lost = true
    else if (outcome !== 'dropped') this.#note(outcome, error)
    this.#handedOn--
    if (this.#working === 0) this.#check()
  }

  /** A handler gives the message up unfinished, because its host closes: it stays open for its sender. */
  lose(): void {
    this.#lost = true
    this.#working--
  }

  #note(outcome: Outcome, error: Error | undefined): void {
    if (outcome === 'delivered' || this.#outcome === 'failed') return
    if (outcome === this.#outcome) return
    this.#outcome = outcome
    this.#error = error
  }

  #check(): void {
    if (this.#settled || (this.#lost && !this.#early) || (this.#handedOn > 0 && !this.#early)) return
    this.#settled = true
    this.#origin.settle(this.#index, this.#outcome, this.#error)
  }
}
