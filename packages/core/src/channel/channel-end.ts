/** One end of a MessageChannel as a peer: frames in, frames out, and word of how many were taken. */
import type { MessagePort } from 'node:worker_threads'
import { ProtocolError } from '../errors.ts'
import type { SluiceError } from '../errors.ts'
import type { Frames } from '../port/frame-socket.ts'
import type { Peer, PortShape } from '../port/port.ts'

/** Messages of a one-way link that may be on their way or wait at the other end before `send` says no. */
const mostAhead = 16

/** The receiving end says what it has taken each time it was so many. */
const takenAtOnce = 8

/** A message: its frames back to back in memory of its own, which moves to the other thread. */
interface Posted {
  readonly lengths: readonly number[]
  readonly bytes: ArrayBuffer
}

/** What the receiving end of a one-way link says now and then. */
interface Taken {
  readonly taken: number
  /** How many connections stand behind it. */
  readonly connections: number
}

/** What an end tells whoever holds it; never from inside a call. */
export interface EndEvents {
  frames(end: ChannelEnd, frames: Frames): void
  writable(end: ChannelEnd): void
  /** The other end is closed or its thread is gone, and all that it sent was handed over. */
  down(end: ChannelEnd): void
  refused(end: ChannelEnd, error: SluiceError): void
}

/** Holds its thread open until it is closed, by either side. */
export class ChannelEnd implements Peer {
  readonly label: string
  readonly #port: MessagePort
  readonly #shape: PortShape
  readonly #events: EndEvents
  /** What came while paused. The flow control of a one-way link keeps it short. */
  #held: Frames[] = []
  #paused = false
  #gone = false
  #closed = false
  #ahead = 0
  #refused = false
  #taken = 0
  #connections = 1

  constructor(port: MessagePort, label: string, shape: PortShape, events: EndEvents) {
    this.#port = port
    this.label = label
    this.#shape = shape
    this.#events = events
    port.on('message', (message: unknown) => this.#arrived(message))
    port.on('messageerror', (error) => this.#refuse(error))
    port.on('close', () => {
      this.#gone = true
      this.#drain()
    })
  }

  /** Connections behind the other end, as far as it has said. */
  get connections(): number {
    return this.#connections
  }

  send(frames: Frames): boolean {
    if (this.#closed || this.#gone) return true
    if (this.#shape === 'push') {
      if (this.#ahead >= mostAhead) {
        this.#refused = true
        return false
      }
      this.#ahead++
    }
    // Frames are often parts of larger memory that their sender still needs: they are copied, once.
    const bytes = new ArrayBuffer(frames.reduce((sum, frame) => sum + frame.length, 0))
    const all = new Uint8Array(bytes)
    let at = 0
    for (const frame of frames) {
      all.set(frame, at)
      at += frame.length
    }
    const posted: Posted = { lengths: frames.map((frame) => frame.length), bytes }
    this.#port.postMessage(posted, [bytes])
    return true
  }

  /** Notes how many connections stand behind this end; the other end hears of it with the next word. */
  note(connections: number): void {
    this.#connections = connections
  }

  /** Tells the other end what was taken so far, and how many connections stand behind this one. */
  say(): void {
    if (this.#closed || this.#gone) return
    const said: Taken = { taken: this.#taken, connections: this.#connections }
    this.#taken = 0
    this.#port.postMessage(said)
  }

  pause(): void {
    this.#paused = true
  }

  resume(): void {
    if (!this.#paused) return
    this.#paused = false
    queueMicrotask(() => this.#drain())
  }

  /** Closes the channel, and tells nothing afterwards. What was sent arrives before the other end is down. */
  close(): void {
    this.#closed = true
    this.#held = []
    this.#port.close()
  }

  #arrived(message: unknown): void {
    if (this.#closed) return
    if (isTaken(message)) return this.#credit(message)
    if (!isPosted(message)) return this.#refuse(message)
    let at = 0
    this.#held.push(
      message.lengths.map((length) => new Uint8Array(message.bytes, (at += length) - length, length)),
    )
    this.#drain()
  }

  #drain(): void {
    while (!this.#paused && !this.#closed) {
      const frames = this.#held.shift()
      if (frames === undefined) break
      if (this.#shape === 'pull' && ++this.#taken >= takenAtOnce) this.say()
      this.#events.frames(this, frames)
    }
    if (!this.#gone || this.#closed || this.#held.length > 0) return
    this.#closed = true
    this.#events.down(this)
  }

  #credit({ taken, connections }: Taken): void {
    this.#connections = connections
    this.#ahead -= taken
    if (!this.#refused || this.#ahead > mostAhead / 2) return
    this.#refused = false
    this.#events.writable(this)
  }

  #refuse(cause: unknown): void {
    const error = new ProtocolError('ENV-1', 'not a message of a channel', { cause })
    if (!this.#closed) this.#events.refused(this, error)
  }
}

function isPosted(message: unknown): message is Posted {
  return typeof message === 'object' && message !== null && 'bytes' in message && 'lengths' in message
}

function isTaken(message: unknown): message is Taken {
  return typeof message === 'object' && message !== null && 'taken' in message && 'connections' in message
}
