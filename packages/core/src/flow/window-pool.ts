/** What the windows of one receiver have in common: its speed, and its memory. Pure. */
import { Throughput } from './throughput.ts'

/**
 * What a receiver finishes in this time is worth a frame of its own, in milliseconds. A frame costs its receiver some tens of
 * microseconds, whoever sends it and whatever is in it.
 */
const worthMs = 1
/** Widest window of one sender, in bytes: more memory on its way than fits a cache makes large messages slower. */
const mostBytes = 8 * 1024 * 1024
/** All windows together, in bytes. */
const mostBytesOfAll = 64 * 1024 * 1024

/**
 * Where many senders share a receiver, each gets a small part of its time: a window of what it finishes for that one sender in
 * the target time would be a handful of messages, and every frame would be as small. So none is narrower than what the
 * receiver finishes, from whomever, in a millisecond; and all of them together are bounded in bytes.
 */
export class WindowPool {
  readonly throughput: Throughput = new Throughput()
  #members = 0

  /** A window is opened. */
  join(): void {
    this.#members++
  }

  /** A window is closed with so many messages that are not finished. */
  leave(held: number): void {
    this.#members--
    this.throughput.forget(held)
  }

  /** The narrowest window that is worth its frames, in messages; one that is alone needs no such bound. */
  get least(): number {
    return this.#members > 1 ? Math.ceil((this.throughput.perMs ?? 0) * worthMs) : 0
  }

  /** Bytes that one window may be wide. */
  get bytesEach(): number {
    return Math.min(mostBytes, mostBytesOfAll / Math.max(1, this.#members))
  }
}
