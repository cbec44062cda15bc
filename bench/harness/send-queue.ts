/** One writer for a socket that takes one message at a time. */

type Frames = (Buffer | string)[]

export class SendQueue {
  readonly #send: (frames: Frames) => Promise<void>
  #queue: Frames[] = []
  #busy = false

  constructor(send: (frames: Frames) => Promise<void>) {
    this.#send = send
  }

  push(frames: Frames): void {
    this.#queue.push(frames)
    if (!this.#busy) void this.#run()
  }

  async #run(): Promise<void> {
    this.#busy = true
    while (this.#queue.length > 0) {
      const queue = this.#queue
      this.#queue = []
      for (const frames of queue) await this.#send(frames)
    }
    this.#busy = false
  }
}
