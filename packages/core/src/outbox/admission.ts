/** Messages that are on their way into an outbox: encoded, and not committed yet. */
import { ClosedError, FullError } from '../errors.ts'
import type { Ticket } from '../link/link.ts'
import { Deque } from '../queue/deque.ts'

/** One message, and who waits for it to be stored. */
export interface Entering<C> {
  readonly value: unknown
  readonly octets: Uint8Array
  readonly ticket: Ticket | undefined
  /** Who waits for its end, where the pattern has somebody. */
  readonly waiting: C | undefined
  resolve(): void
  reject(error: unknown): void
}

/** Keeps who has to wait for room, in order. */
export class Admission<C> {
  readonly #entering = new Deque<Entering<C>>()
  readonly #maxBytes: number
  readonly #overflow: 'suspend' | 'reject'
  #bytes = 0

  constructor(maxBytes: number, overflow: 'suspend' | 'reject') {
    this.#maxBytes = maxBytes
    this.#overflow = overflow
  }

  get length(): number {
    return this.#entering.length
  }

  /**
   * Waits with a message; `held` bytes are in the outbox already. A signal takes it back as long as it has not been let in.
   * @throws {FullError} when it can never enter, or when it is to be refused rather than wait.
   */
  enter(one: Omit<Entering<C>, 'resolve' | 'reject'>, held: number, signal?: AbortSignal): Promise<void> {
    const size = one.octets.length
    const taken = this.#overflow === 'reject' ? held + this.#bytes : 0
    if (taken + size > this.#maxBytes) throw this.#full(one.value, size)
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const deafen = (): void => signal?.removeEventListener('abort', onAbort)
    const entering: Entering<C> = {
      ...one,
      resolve: () => (deafen(), resolve()),
      reject: (error) => (deafen(), reject(error)),
    }
    const onAbort = (): void => {
      if (this.#takeBack(entering)) reject(signal?.reason)
    }
    signal?.addEventListener('abort', onAbort, { once: true })
    this.#entering.push(entering)
    this.#bytes += size
    return promise
  }

  /** Lets in those who have waited longest, as far as there is room beside `held` bytes and at most `most`. */
  admit(held: number, most: number): Entering<C>[] {
    const admitted: Entering<C>[] = []
    let bytes = held
    for (let first = this.#entering.first(); first !== undefined; first = this.#entering.first()) {
      bytes += first.octets.length
      if (bytes > this.#maxBytes || admitted.length === most) break
      this.#entering.shift()
      this.#bytes -= first.octets.length
      admitted.push(first)
    }
    return admitted
  }

  /** Turns everybody away. */
  clear(reason: Error): void {
    for (let one = this.#entering.shift(); one !== undefined; one = this.#entering.shift()) {
      const undelivered = one.value
      one.reject(
        reason instanceof ClosedError
          ? new ClosedError(reason.message, { undelivered, cause: reason })
          : reason,
      )
    }
    this.#bytes = 0
  }

  #takeBack(entering: Entering<C>): boolean {
    for (let at = 0; at < this.#entering.length; at++) {
      if (this.#entering.at(at) !== entering) continue
      this.#entering.removeAt(at)
      this.#bytes -= entering.octets.length
      return true
    }
    return false
  }

  #full(undelivered: unknown, bytes: number): FullError {
    return new FullError(
      `the outbox has no room for a message of ${bytes} bytes (outbox.maxBytes is ${this.#maxBytes})`,
      { undelivered },
    )
  }
}
