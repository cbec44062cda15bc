/** Requests that are not answered yet: found by their number, and by when they are due. Pure. */
import type { Headers, Letter, Outcome } from '@sluice/core'
import { CallTable } from './call-table.ts'
import type { Numbered } from './call-table.ts'
import { DueHeap } from './due-heap.ts'
import type { Due } from './due-heap.ts'
import type { Correlation } from './packets.ts'
import type { KnownReplier } from './repliers.ts'

/** Whoever waits for the end of a request. Exactly one of the two is called, once. */
export interface Caller {
  answered(value: unknown): void
  failed(error: Error, outcome: Exclude<Outcome, 'delivered'>): void
}

/** How a request is tried, and tried again. */
export interface Patience {
  /** How long one attempt may take, in milliseconds. */
  readonly timeoutMs: number
  /** Attempts beyond the first. */
  readonly retries: number
}

/**
 * ```
 *   pending ──▶ inFlight ──▶ ended
 *    ▲   ▲         │
 *    │   └─ lost, timed out: the next attempt
 *    └─ resting ◀──┘ the replier was full: the same attempt, a little later
 * ```
 */
export type CallState = 'pending' | 'inFlight' | 'resting' | 'ended'

/** One request on its way. */
export interface Call extends Due, Numbered<Call>, Patience {
  readonly headers: Headers | undefined
  /** Of its message, encoded. */
  readonly bytes: number
  readonly caller: Caller
  state: CallState
  /** Which attempt this is, sent or not. */
  attempt: number
  /** How often it was sent. */
  sent: number
  /** Rests so far, which make the next one longer. */
  rests: number
  /** When this attempt has taken too long. */
  deadline: number
  /** Its encoding: a place in a letter that it shares with others, once that is sealed. */
  letter: Letter | undefined
  index: number
  /** Who has it, or had it last. */
  replier: KnownReplier | undefined
}

/** The table of calls: by number, and in order of what is due. */
export class Calls {
  readonly #byId = new CallTable<Call>()
  readonly #due = new DueHeap<Call>()
  #lastId = 0
  #bytes = 0

  get size(): number {
    return this.#byId.size
  }

  /** Encoded bytes of their messages. */
  get bytes(): number {
    return this.#bytes
  }

  /** The call that is due first. */
  get next(): Call | undefined {
    return this.#due.first()
  }

  open(caller: Caller, headers: Headers | undefined, patience: Patience, now: number, bytes: number): Call {
    const { timeoutMs, retries } = patience
    // Whole milliseconds: a number with a fraction would be an object of its own, one for each request.
    const deadline = Math.ceil(now + timeoutMs)
    const call: Call = {
      id: ++this.#lastId,
      headers,
      bytes,
      caller,
      timeoutMs,
      retries,
      state: 'pending',
      attempt: 1,
      sent: 0,
      rests: 0,
      deadline,
      letter: undefined,
      index: 0,
      replier: undefined,
      due: 0,
      place: -1,
      behind: undefined,
    }
    this.#bytes += bytes
    this.#byId.add(call)
    this.#due.set(call, call.deadline)
    return call
  }

  get(id: Correlation): Call | undefined {
    return this.#byId.get(id)
  }

  /** Looks at a call again at `due`. */
  look(call: Call, due: number): void {
    this.#due.set(call, due)
  }

  /** Takes a call off the table; its caller is then told by whoever took it. */
  end(call: Call): void {
    if (this.#byId.delete(call)) this.#bytes -= call.bytes
    call.state = 'ended'
    this.#due.remove(call)
  }

  /** All that are on the table now, in the order in which they came. */
  all(): Call[] {
    return this.#byId.all()
  }
}
