/** Waits for what is about to come without sleeping: a thread that turns is not woken, and waking takes longer than most messages. */
import { systemClock } from '../clock.ts'
import type { Clock } from '../clock.ts'

/** Turns the event loop for a while after each message; everything else on it goes on. */
export class BusyPoll {
  readonly #ms: number
  readonly #clock: Pick<Clock, 'now' | 'turn'>
  #until = 0
  #turning = false

  /** @param ms how long after a message, in milliseconds; 0: not at all. */
  constructor(ms: number, clock: Pick<Clock, 'now' | 'turn'> = systemClock) {
    this.#ms = ms
    this.#clock = clock
  }

  /** A message went or came: another is likely. */
  expect(): void {
    if (this.#ms === 0) return
    this.#until = this.#clock.now() + this.#ms
    if (this.#turning) return
    this.#turning = true
    this.#clock.turn(this.#turn)
  }

  close(): void {
    this.#until = 0
  }

  readonly #turn = (): void => {
    this.#turning = this.#clock.now() < this.#until
    if (this.#turning) this.#clock.turn(this.#turn)
  }
}
