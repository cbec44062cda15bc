/** Reads a socket for as long as it is open, one message after the other. */
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Readable } from 'zeromq'

/** What is read in one turn of the event loop, in messages and in bytes, before timers and others get theirs. */
const messagesPerTurn = 256
const bytesPerTurn = 4 * 1024 * 1024

/** Hands over every message of a socket; one read at a time, which is all that zeromq.js allows. */
export class Intake {
  readonly #socket: Readable
  readonly #take: (frames: Buffer[]) => void
  #resume: (() => void) | undefined
  #gate: Promise<void> | undefined
  #holds = false
  #stopped = false

  constructor(socket: Readable, take: (frames: Buffer[]) => void) {
    this.#socket = socket
    this.#take = take
  }

  /** Whether a message was read that waits for `resume`. */
  get holds(): boolean {
    return this.#holds
  }

  /** Reads until the socket is closed. Rejects only with what `take` throws. */
  async run(): Promise<void> {
    let messages = 0
    let bytes = 0
    while (!this.#stopped) {
      let frames: Buffer[]
      try {
        frames = await this.#socket.receive()
      } catch (error) {
        // Woken for nothing: another connection's end can look like a message until one tries to read it.
        if (this.#stopped || (error as NodeJS.ErrnoException).code !== 'EAGAIN') return
        await nextTurn()
        continue
      }
      if (this.#gate !== undefined) await this.#hold(this.#gate)
      if (this.#stopped) return
      for (const frame of frames) bytes += frame.length
      this.#take(frames)
      if (++messages < messagesPerTurn && bytes < bytesPerTurn) continue
      messages = 0
      bytes = 0
      await nextTurn()
    }
  }

  /** Takes no more; a message that was already on its way is held until `resume`. */
  pause(): void {
    if (this.#gate !== undefined || this.#stopped) return
    this.#gate = new Promise((resolve) => {
      this.#resume = resolve
    })
  }

  resume(): void {
    this.#gate = undefined
    this.#resume?.()
    this.#resume = undefined
  }

  /** Hands over nothing from now on; the socket is closed by whoever opened it. */
  stop(): void {
    this.#stopped = true
    this.resume()
  }

  async #hold(gate: Promise<void>): Promise<void> {
    this.#holds = true
    await gate
    this.#holds = false
  }
}
