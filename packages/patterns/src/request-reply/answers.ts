/** What was answered before is answered again and not handled again: requests are known by the `id` in their headers. Pure. */
import { decode, encode } from '@sluice/core/parts'
import type { Outcome } from '@sluice/core'
import { errorHeaders } from './error-reply.ts'
import type { Served } from './served.ts'
import { ServedDelivery } from './served-delivery.ts'
import type { Settler } from './served-delivery.ts'

/** How many answers are remembered. */
export interface DedupeSettings {
  readonly remember: number
  readonly maxBytes: number
}

/** How a request ended, in a form that nobody changes. */
interface Answer {
  readonly outcome: Exclude<Outcome, 'undelivered'>
  readonly error: Error | undefined
  readonly octets: Uint8Array
  readonly bytes: number
}

/** What an answer takes beside its octets, about. */
const overheadBytes = 200

/** Whoever holds the requests, and who handles them. */
export interface AnswersTarget extends Settler {
  hand(delivery: ServedDelivery): void
  /** A copy was answered, and is in the books as its first was. */
  duplicate(outcome: Outcome): void
}

/**
 * Remembers the last answers, and the ids of all requests that are at work. A copy of one at work waits for its answer; if the first
 * comes to none, since it was called off or its replier closes, the copy is handed over instead.
 */
export class Answers implements Settler {
  readonly #settings: DedupeSettings
  readonly #target: AnswersTarget
  /** In the order in which they were given. */
  readonly #given = new Map<string, Answer>()
  readonly #atWork = new Map<string, Served[]>()
  #bytes = 0

  constructor(settings: DedupeSettings, target: AnswersTarget) {
    this.#settings = settings
    this.#target = target
  }

  /** Hands over what is left to be handled of a delivery. */
  take(delivery: ServedDelivery): void {
    const fresh = delivery.requests.filter((served) => this.#isFresh(served))
    if (fresh.length > 0) this.#target.hand(new ServedDelivery(fresh, this))
  }

  /** A request that was handed over has ended. */
  settle(served: Served, outcome: Outcome, error: Error | undefined, reply: unknown): void {
    const id = idOf(served)
    if (id === undefined || served.state !== 'held') return this.#target.settle(served, outcome, error, reply)
    const answer = served.cancelled && outcome !== 'delivered' ? undefined : answerOf(outcome, error, reply)
    if (answer !== undefined) return this.#finish(id, answer, served, reply)
    this.#target.settle(served, outcome, error, reply)
    this.#next(id)
  }

  #isFresh(served: Served): boolean {
    const id = idOf(served)
    if (id === undefined) return true
    const answer = this.#given.get(id)
    const copies = this.#atWork.get(id)
    if (answer !== undefined) this.#answer(served, answer)
    else if (copies === undefined) this.#atWork.set(id, [])
    else copies.push(served)
    return answer === undefined && copies === undefined
  }

  #finish(id: string, answer: Answer, first: Served, reply: unknown): void {
    const copies = this.#atWork.get(id) ?? []
    this.#atWork.delete(id)
    this.#keep(id, answer)
    this.#target.settle(first, answer.outcome, answer.error, reply)
    for (const copy of copies) this.#answer(copy, answer)
  }

  /** The first has come to nothing: the next copy that somebody waits for takes its place. */
  #next(id: string): void {
    const copies = this.#atWork.get(id) ?? []
    for (let copy = copies.shift(); copy !== undefined; copy = copies.shift()) {
      if (!copy.cancelled) return this.#target.hand(new ServedDelivery([copy], this))
      this.#target.settle(copy, 'dropped', undefined, undefined)
    }
    this.#atWork.delete(id)
  }

  #answer(copy: Served, { outcome, error, octets }: Answer): void {
    this.#target.settle(copy, outcome, error, decode(octets))
    this.#target.duplicate(outcome)
  }

  #keep(id: string, answer: Answer): void {
    this.#given.set(id, answer)
    this.#bytes += answer.bytes
    for (const [oldest, { bytes }] of this.#given) {
      if (this.#given.size <= this.#settings.remember && this.#bytes <= this.#settings.maxBytes) return
      this.#given.delete(oldest)
      this.#bytes -= bytes
    }
  }
}

function idOf({ given }: Served): string | undefined {
  return typeof given?.id === 'string' ? given.id : undefined
}

/** Undefined for what is no answer, or cannot be kept. */
function answerOf(outcome: Outcome, error: Error | undefined, reply: unknown): Answer | undefined {
  if (outcome === 'undelivered') return undefined
  if (outcome !== 'delivered') {
    const kept = bareError(outcome, error)
    return {
      outcome,
      error: kept,
      octets: encode(null),
      bytes: overheadBytes + 2 * kept.message.length,
    }
  }
  try {
    // A copy: what the encoder gives may be a part of something larger.
    const octets = new Uint8Array(encode(reply))
    return { outcome, error: undefined, octets, bytes: overheadBytes + octets.length }
  } catch {
    return undefined
  }
}

/** What travels of an error, without whatever hangs on it. */
function bareError(outcome: 'failed' | 'dropped' | 'deadLettered', error: Error | undefined): Error {
  const { code, message } = errorHeaders(outcome, error).error as { code: string; message: string }
  return Object.assign(new Error(message), { code })
}
