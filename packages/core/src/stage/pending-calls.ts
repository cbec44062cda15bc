/** Calls of a handler whose promises are waited for. */
import type { MessageContext } from './context.ts'

/** Whom pending calls report to. `begun` is what `wait` was given. */
export interface CallOwner {
  answered(answer: unknown, context: MessageContext, begun: number): void
  failed(error: unknown, context: MessageContext, begun: number): void
}

/** Keeps what belongs to each call in places that serve one call after another, so that waiting makes no closures. */
export class PendingCalls {
  readonly #owner: CallOwner
  #free: Place | undefined

  constructor(owner: CallOwner) {
    this.#owner = owner
  }

  wait(promise: Promise<unknown>, context: MessageContext, begun: number): void {
    const place = this.#free ?? this.#newPlace()
    this.#free = place.next
    place.context = context
    place.begun = begun
    promise.then(place.answered, place.failed)
  }

  #newPlace(): Place {
    const owner = this.#owner
    const place: Place = new Place(
      (answer) => owner.answered(answer, this.#leave(place), place.begun),
      (error) => owner.failed(error, this.#leave(place), place.begun),
    )
    return place
  }

  /** Frees a place, before its owner hears of the call: it is likely to begin the next. */
  #leave(place: Place): MessageContext {
    const { context } = place
    place.context = undefined
    place.next = this.#free
    this.#free = place
    return context as MessageContext
  }
}

/** Room for one call that is waited for. */
class Place {
  readonly answered: (answer: unknown) => void
  readonly failed: (error: unknown) => void
  next: Place | undefined
  context: MessageContext | undefined
  begun = 0

  constructor(answered: (answer: unknown) => void, failed: (error: unknown) => void) {
    this.answered = answered
    this.failed = failed
  }
}
