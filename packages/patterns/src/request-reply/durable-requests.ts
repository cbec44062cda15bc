/** Requests that survive their requester: stored before they are sent, and asked until they have ended. */
import { Outbox } from '@sluice/core/parts'
import type { CompleteOutbox, Headers, LinkLedger, LinkStats, SluiceError, Ticket } from '@sluice/core'
import { Kept, Offered, Recovered } from './callers.ts'
import type { Asked, OnEnded } from './callers.ts'
import type { Call, Caller, Patience } from './calls.ts'
import type { OnRecovered } from './request-settings.ts'
import type { RequestOptions } from './requester-options.ts'

/** Attempts of a request whose asker cannot be told that it failed: as many as it takes. */
const untilAnswered = 2 ** 30

/** A request whose caller waits here, from `request()` until it is handed on. */
interface Asking {
  readonly asked: Asked
  readonly patience: Patience
  call: Call | undefined
  ticket: Ticket | undefined
  /** Its caller gave it up before it was handed on. */
  over: boolean
}

/** Who waits for the end of a stored request: a caller, or a link that was told when it was stored. */
type Waiting = Asking | 'link'

/** What a requester does with stored requests. */
export interface DurableTarget {
  readonly ledger: LinkLedger
  /** How long one attempt of a request may take whose asker cannot be told. */
  readonly timeoutMs: number
  readonly onEnded: OnEnded
  readonly onRecovered: OnRecovered | undefined
  /** Sends a request whose caller waits. */
  submit(caller: Caller, value: unknown, headers: Headers, patience: Patience): Call
  /** Sends a request when there is room for it. */
  take(caller: Caller, value: unknown, headers: Headers): true | Promise<void>
  cancel(call: Call): void
  failed(error: SluiceError): void
}

/**
 * Stands between `request()` and the session.
 *
 * ```
 *   request() ──▶ stored ──▶ handed on ──▶ answered, failed, given up: gone from the outbox
 *                   │            └───────▶ the requester closed or died: asked by the next one
 *   recovered ──────┘
 * ```
 */
export class DurableRequests {
  readonly #target: DurableTarget
  readonly #outbox: Outbox<Waiting>
  readonly offeredPatience: Patience
  /** Those that are not handed on. */
  readonly #asking = new Set<Asking>()
  #handedOn = false

  /** @throws {OptionError} when the package `lmdb` is not installed. */
  constructor(options: CompleteOutbox, maxMessageBytes: number, target: DurableTarget) {
    this.#target = target
    this.offeredPatience = { timeoutMs: target.timeoutMs, retries: untilAnswered }
    this.#outbox = new Outbox<Waiting>(options, maxMessageBytes, {
      offer: (value, headers, ticket, waiting) => this.#handOn(value, headers, ticket, waiting),
      failed: (error) => target.failed(error),
    })
  }

  /** Requests whose callers wait and that are not handed on. */
  get waiting(): number {
    return this.#asking.size
  }

  /** Whether a drain has handed everything on. */
  get handedOn(): boolean {
    return this.#handedOn
  }

  /** Stores a request and sends it then. Throws `EncodeError` and `FullError`; all else is told to the caller. */
  ask(asked: Asked, message: unknown, patience: Patience, { headers, signal }: RequestOptions): void {
    const asking: Asking = { asked, patience, call: undefined, ticket: undefined, over: false }
    const stored = this.#outbox.offer(message, headers, undefined, signal, asking)
    this.#asking.add(asking)
    stored.then(
      () => {
        if (signal !== undefined) asked.heed(signal, () => this.#giveUp(asking))
      },
      (error: unknown) => {
        if (this.#asking.delete(asking)) asked.refused(error)
      },
    )
  }

  /** Stores a message of a link, whose ticket is settled then. */
  offer(value: unknown, headers: Headers | undefined, ticket: Ticket | undefined): Promise<void> {
    return this.#outbox.offer(value, headers, ticket, undefined, 'link')
  }

  /** Takes no more; resolves when everything was handed on. */
  async drain(): Promise<void> {
    await this.#outbox.drain()
    this.#handedOn = true
  }

  /** Gives the file back, with what has not ended in it. Takes nothing from the moment it is called. */
  close(reason: Error): Promise<void> {
    const closed = this.#outbox.close(reason)
    for (const { asked } of this.#asking) asked.refused(reason)
    this.#asking.clear()
    return closed
  }

  stats(requester: LinkStats): LinkStats {
    return this.#outbox.stats(requester)
  }

  #handOn(
    value: unknown,
    headers: Headers,
    ticket: Ticket,
    waiting: Waiting | undefined,
  ): true | Promise<void> {
    const { ledger, onEnded, onRecovered } = this.#target
    if (typeof waiting === 'object') return this.#send(waiting, value, headers, ticket)
    const offered = new Offered(ledger, onEnded, ticket)
    const isHeard = waiting === undefined && onRecovered !== undefined
    return this.#target.take(isHeard ? new Recovered(offered, value, onRecovered) : offered, value, headers)
  }

  #send(asking: Asking, value: unknown, headers: Headers, ticket: Ticket): true {
    this.#asking.delete(asking)
    if (asking.over) {
      ticket.settle('failed')
      return true
    }
    try {
      asking.call = this.#target.submit(new Kept(asking.asked, ticket), value, headers, asking.patience)
    } catch (error) {
      asking.asked.refused(error)
      throw error
    }
    asking.ticket = ticket
    return true
  }

  #giveUp(asking: Asking): void {
    asking.over = true
    // One that is not handed on is accepted and has failed now; its place in the outbox is counted until it is come to.
    if (asking.call === undefined) this.#target.ledger.accepted++
    else this.#target.cancel(asking.call)
    asking.ticket?.settle('failed')
  }
}
