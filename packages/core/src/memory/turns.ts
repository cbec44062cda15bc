/** When what was posted in memory is handed over: soon, never from inside the call that posted it. */

/** Something with work that waits for its turn. */
export interface Runnable {
  /** Does all work that waits now; what comes up meanwhile waits for the next turn. */
  run(): void
}

/** Rounds of microtasks before the event loop gets to look at timers and sockets. */
const roundsPerTurn = 16

/**
 * Runs posted work in microtasks, which is as fast as it gets, and every few rounds through
 * `setImmediate`, so that two sides that keep answering each other do not starve the event loop.
 */
export class Turns {
  #posted: Runnable[] = []
  #scheduled = false
  #rounds = 0

  /** Asks for one `run()`; the caller posts once and again only after it ran. */
  post(work: Runnable): void {
    this.#posted.push(work)
    if (this.#scheduled) return
    this.#scheduled = true
    if (this.#rounds === 0) setImmediate(this.#newTurn)
    if (this.#rounds < roundsPerTurn) queueMicrotask(this.#round)
    else setImmediate(this.#round)
    this.#rounds++
  }

  readonly #newTurn = (): void => {
    this.#rounds = 0
  }

  readonly #round = (): void => {
    this.#scheduled = false
    const posted = this.#posted
    this.#posted = []
    for (let at = 0; at < posted.length; at++) {
      try {
        posted[at]?.run()
      } catch (error) {
        // A handler's defect is reported as uncaught, and must not take its neighbours' work along.
        for (const work of posted.slice(at + 1)) this.post(work)
        throw error
      }
    }
  }
}
