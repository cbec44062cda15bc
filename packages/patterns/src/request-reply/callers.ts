/** Who waits for a reply: a caller with a promise, or a link with a ticket. */
import type { LinkLedger, Outcome, Ticket } from '@sluice/core'
import type { Caller } from './calls.ts'
import type { OnRecovered } from './request-settings.ts'

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
  #ended = false

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
    // A stored request may have ended before whoever stored it hears of it.
    if (this.#ended) return
    this.#signal = signal
    this.#onAbort = () => {
      cancel()
      this.#ledger.end('failed', undefined)
      this.#reject(signal.reason)
      this.#onEnded()
    }
    if (signal.aborted) this.#onAbort()
    else signal.addEventListener('abort', this.#onAbort, { once: true })
  }

  /** It was not accepted, or its requester closed with it stored: it is not in the books of what was sent. */
  refused(error: unknown): void {
    this.#deafen()
    this.#reject(error)
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
    this.#ended = true
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

/** A caller whose request is stored: it leaves the outbox when the caller was told, and stays when the requester closes. */
export class Kept implements Caller {
  readonly #caller: Caller
  readonly #ticket: Ticket

  constructor(caller: Caller, ticket: Ticket) {
    this.#caller = caller
    this.#ticket = ticket
  }

  answered(value: unknown): void {
    this.#ticket.settle('delivered')
    this.#caller.answered(value)
  }

  failed(error: Error, outcome: Exclude<Outcome, 'delivered'>): void {
    this.#ticket.settle(outcome)
    this.#caller.failed(error, outcome)
  }
}

/**
 * Tells what came of a request whose asker is gone, and lets it leave the outbox then. A callback that throws does so uncaught,
 * and the request stays for the next requester.
 */
export class Recovered implements Caller {
  readonly #stored: Caller
  readonly #message: unknown
  readonly #onRecovered: OnRecovered

  constructor(stored: Caller, message: unknown, onRecovered: OnRecovered) {
    this.#stored = stored
    this.#message = message
    this.#onRecovered = onRecovered
  }

  answered(value: unknown): void {
    this.#tell({ status: 'fulfilled', value }, () => this.#stored.answered(value))
  }

  failed(error: Error, outcome: Exclude<Outcome, 'delivered'>): void {
    if (outcome === 'undelivered') this.#stored.failed(error, outcome)
    else this.#tell({ status: 'rejected', reason: error }, () => this.#stored.failed(error, outcome))
  }

  #tell(result: PromiseSettledResult<unknown>, leave: () => void): void {
    // Not from within the reading of a packet, which a callback that throws would break off.
    queueMicrotask(() => {
      try {
        this.#onRecovered(this.#message, result)
      } catch (error) {
        this.#stored.failed(error as Error, 'undelivered')
        throw error
      }
      leave()
    })
  }
}
