/** Messages that were offered when there was no room for them. */
import { Deque } from '@sluice/core/parts'
import type { Clock, Headers, LinkLedger } from '@sluice/core'
import type { Caller } from './calls.ts'

/** Takes one message in. Throws what cannot travel. */
export type Admit = (value: unknown, headers: Headers | undefined, caller: Caller) => void

interface Waiting {
  readonly value: unknown
  readonly headers: Headers | undefined
  readonly caller: Caller
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Keeps offers in order until there is room, and counts how long there was none. */
export class WaitingRoom {
  readonly #ledger: LinkLedger
  readonly #clock: Clock
  readonly #waiting = new Deque<Waiting>()
  #since = 0

  constructor(ledger: LinkLedger, clock: Clock) {
    this.#ledger = ledger
    this.#clock = clock
  }

  get length(): number {
    return this.#waiting.length
  }

  /** Settles when the message was taken in. */
  wait(value: unknown, headers: Headers | undefined, caller: Caller): Promise<void> {
    if (this.#waiting.length === 0) {
      this.#ledger.waits++
      this.#since = this.#clock.now()
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ value, headers, caller, resolve, reject })
    })
  }

  /** Takes in those who waited longest, as long as there is room. */
  admit(hasRoom: () => boolean, admit: Admit): void {
    while (this.#waiting.length > 0 && hasRoom()) {
      const next = this.#waiting.shift()
      if (this.#waiting.length === 0) this.#ledger.waitedMs += this.#clock.now() - this.#since
      try {
        if (next !== undefined) admit(next.value, next.headers, next.caller)
        next?.resolve()
      } catch (error) {
        next?.reject(error)
      }
    }
  }

  /** Sends everybody away. */
  close(reason: (value: unknown) => Error): void {
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next.reject(reason(next.value))
    }
  }
}
