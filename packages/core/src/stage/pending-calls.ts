/** Calls of a handler whose promises are waited for. */
import type { Chain } from './chain.ts'
import type { MessageContext } from './context.ts'
import type { WorkHeaders } from './job.ts'

/** What is told of a call that has ended, beside its answer or its error: what `wait` was given beside its promise. */
type Begun = [
  value: unknown,
  headers: WorkHeaders,
  chain: Chain | undefined,
  messages: number,
  context: MessageContext,
  begun: number,
]

/** Whom pending calls report to. */
export interface CallOwner {
  answered(answer: unknown, ...begun: Begun): void
  failed(error: unknown, ...begun: Begun): void
}

/** Keeps what belongs to each call in places that serve one call after another, so that waiting makes no closures. */
export class PendingCalls {
  readonly #owner: CallOwner
  #free: Place | undefined

  constructor(owner: CallOwner) {
    this.#owner = owner
  }

  wait(
    promise: Promise<unknown>,
    value: unknown,
    headers: WorkHeaders,
    chain: Chain | undefined,
    messages: number,
    context: MessageContext,
    begun: number,
  ): void {
    const place = this.#free ?? this.#newPlace()
    this.#free = place.next
    place.value = value
    place.headers = headers
    place.chain = chain
    place.messages = messages
    place.context = context
    place.begun = begun
    promise.then(place.answered, place.failed)
  }

  #newPlace(): Place {
    const owner = this.#owner
    const place: Place = new Place(
      (answer) => {
        const { value, headers, chain, messages, context, begun } = place
        this.#leave(place)
        owner.answered(answer, value, headers, chain, messages, context as MessageContext, begun)
      },
      (error) => {
        const { value, headers, chain, messages, context, begun } = place
        this.#leave(place)
        owner.failed(error, value, headers, chain, messages, context as MessageContext, begun)
      },
    )
    return place
  }

  /** Frees a place, before its owner hears of the call: it is likely to begin the next. */
  #leave(place: Place): void {
    place.value = undefined
    place.headers = undefined
    place.chain = undefined
    place.context = undefined
    place.next = this.#free
    this.#free = place
  }
}

/** Room for one call that is waited for. */
class Place {
  readonly answered: (answer: unknown) => void
  readonly failed: (error: unknown) => void
  next: Place | undefined
  value: unknown
  headers: WorkHeaders
  chain: Chain | undefined
  messages = 0
  context: MessageContext | undefined
  begun = 0

  constructor(answered: (answer: unknown) => void, failed: (error: unknown) => void) {
    this.answered = answered
    this.failed = failed
  }
}
