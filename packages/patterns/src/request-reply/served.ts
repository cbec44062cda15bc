/** One request as its replier sees it. */
import { ClosedError } from '@sluice/core/parts'
import type { Headers } from '@sluice/core'
import type { Asker } from './asker.ts'
import type { Cancellable } from './open-requests.ts'
import type { Address, Correlation } from './packets.ts'

/** What a handler is told beside the message. */
export interface RequestContext {
  /** Aborts when the requester gives up or is gone: nobody waits for the answer any more. */
  readonly signal: AbortSignal
  /** What came beside the message; empty when nothing did. */
  readonly headers: Headers
  /** How often this request was sent, this time included. */
  readonly attempt: number
}

/** `waiting` to be handed over, `held` by a handler, or `ended`. */
export type ServedState = 'waiting' | 'held' | 'ended'

const none: Headers = Object.freeze({})

/** A request, and what its handler is told of it. */
export class Served implements RequestContext, Cancellable {
  readonly asker: Asker<Served>
  readonly id: Correlation | undefined
  readonly opaque: Uint8Array | undefined
  readonly value: unknown
  /** Its headers, when it came with any. */
  readonly given: Headers | undefined
  state: ServedState = 'waiting'
  /** Bytes that it takes here, until it has ended. */
  bytes = 0
  place = -1
  #cancelled = false
  /** Made when somebody asks for the signal: most handlers do not. */
  #controller: AbortController | undefined

  constructor(
    asker: Asker<Served>,
    address: Address,
    at: number,
    value: unknown,
    headers: Headers | undefined,
  ) {
    this.asker = asker
    this.id = address.ids?.[at]
    this.opaque = address.opaque
    this.value = value
    this.given = headers
  }

  get headers(): Headers {
    return this.given ?? none
  }

  get attempt(): number {
    const attempt = this.given?.attempt
    return typeof attempt === 'number' && Number.isInteger(attempt) && attempt > 0 ? attempt : 1
  }

  get cancelled(): boolean {
    return this.#cancelled
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController()
      if (this.#cancelled) this.#abort()
    }
    return this.#controller.signal
  }

  /** Nobody waits for the answer any more. */
  cancel(): void {
    this.#cancelled = true
    this.#abort()
  }

  #abort(): void {
    this.#controller?.abort(new ClosedError('Replier: nobody waits for the answer to this request any more'))
  }
}
