/** How long an ack waits for more to say. Sans-I/O. */

/** How long an ack that may wait does so for more to say, in milliseconds: one for each message would cost as much as the message. BP-9. */
const quietMs = 8

/** How long it waits where there is more to say all the time, in milliseconds. */
const mostWaitMs = 20

/**
 * How long the last ack of such a flow waits, in milliseconds: what is finished meanwhile tells that the others are due, and only
 * where nothing is any more a timer has to. One that is due within a few milliseconds makes every sleep of the event loop cost more.
 */
const tailMs = 40

/** Payload octets, if not half the sender's allowance is less, after which an ack does not wait: the sender keeps them until then. */
const promptBytes = 64 * 1024

/** Frames after which it does not either: each lives on in the sender, and is moved about by its garbage collector. */
const promptFrames = 256

/** Knows what came and was settled since the last ack, and when. */
export class AckWait {
  readonly #promptBytes: number
  #heardAt: number
  #settledAt: number
  /** When the first of what no ack has said yet was settled; `Infinity` where all is said. */
  #unsaidSince = Infinity
  /** Since when no `quietMs` have gone by in which nothing was settled. */
  #flowsSince: number
  /** Nothing had come for a while when the last message did. */
  #alone = false
  /** Payload octets and frames that came since the last ack. */
  #bytes = 0
  #frames = 0

  /** `allowedBytes` is what the sender may have outstanding. */
  constructor(allowedBytes: number, now: number) {
    this.#promptBytes = Math.min(promptBytes, allowedBytes / 2)
    this.#heardAt = now
    this.#settledAt = now
    this.#flowsSince = now
  }

  /** When the sender was heard of last. */
  get heardAt(): number {
    return this.#heardAt
  }

  /** Nothing had come for a while when the last message did. */
  get alone(): boolean {
    return this.#alone
  }

  /** When an ack is due if there is no more to say by then; `Infinity` where all is said. */
  get due(): number {
    if (this.#unsaidSince === Infinity) return Infinity
    const flows = this.#settledAt >= this.#flowsSince + mostWaitMs
    return flows ? this.#unsaidSince + tailMs : this.#settledAt + quietMs
  }

  /** The sender said something. */
  heard(now: number): void {
    this.#heardAt = now
  }

  /** A frame of messages came. */
  came(now: number): void {
    this.#alone = now >= this.#heardAt + quietMs
    this.#heardAt = now
  }

  /** The frame that came brought something new. */
  took(bytes: number): void {
    this.#bytes += bytes
    this.#frames++
  }

  /** There is something to say, by now. */
  settled(now: number): void {
    if (now >= this.#settledAt + quietMs) this.#flowsSince = now
    this.#settledAt = now
    this.#unsaidSince = Math.min(this.#unsaidSince, now)
  }

  /** Whether it has waited long enough, or for enough. */
  over(now: number): boolean {
    if (this.#bytes >= this.#promptBytes || this.#frames >= promptFrames) return true
    return now >= this.#unsaidSince + mostWaitMs
  }

  /** All is said. */
  said(): void {
    this.#unsaidSince = Infinity
    this.#bytes = 0
    this.#frames = 0
  }
}
