/** Who waits for a reply: a caller with a promise, or a link with a ticket. */
import type { LinkLedger, Outcome, Ticket } from '@sluice/core'
import type { Caller } from './calls.ts'

/** Called when a request has ended, whichever way. */
export type OnEnded = () => void

/** Settles the promise of `request()`. */
export class Asked implements Caller {
  readonly #ledger: LinkLedger
  readonly #onEnded: OnEnded
  readonly #resolve: (value: unknown) => void
  readonly #reject: (error: unknown) => void
  #signal: AbortSignal | undefined
  #onAbort: (() => void) | undefined

  constructor(
    ledger: LinkLedger,
    onEnded: OnEnded,
    resolve: (value: unknown) => void,
    reject: (error: unknown) => void,
  ) {
    this.#ledger = ledger
    this.#onEnded = onEnded
    this.#resolve = resolve
    this.#reject = reject
  }

  /** Gives the request up when the signal aborts; `cancel` takes it off the table. */
  heed(signal: AbortSignal, cancel: () => void): void {
    this.#signal = signal
    this.#onAbort = () => {
      cancel()
      this.#ledger.end('failed', undefined)
      this.#reject(signal.reason)
      this.#onEnded()
    }
    signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  answered(value: unknown): void {
    this.#deafen()
    this.#ledger.end('delivered', undefined)
    this.#resolve(value)
    this.#onEnded()
  }

  failed(error: Error, outcome: Exclude<Outcome, 'delivered'>): void {
    this.#deafen()
    this.#ledger.end(outcome, undefined)
    this.#reject(error)
    this.#onEnded()
  }

  #deafen(): void {
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
  }
}

/** Settles the ticket of `offer()`. */
export class Offered implements Caller {
  readonly #ledger: LinkLedger
  readonly #onEnded: OnEnded
  readonly #ticket: Ticket | undefined

  constructor(ledger: LinkLedger, onEnded: OnEnded, ticket: Ticket | undefined) {
    this.#ledger = ledger
    this.#onEnded = onEnded
    this.#ticket = ticket
  }

  answered(): void {
    this.#ledger.end('delivered', this.#ticket)
    this.#onEnded()
  }

  failed(error: Error, outcome: Exclude<Outcome, 'delivered'>): void {
    if (outcome === 'dropped')
      this.#ledger.drop('receiver', 1, this.#ticket === undefined ? undefined : [this.#ticket])
    else this.#ledger.end(outcome, this.#ticket, error)
    this.#onEnded()
  }
}
