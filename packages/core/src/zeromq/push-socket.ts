/** The sending side of a one-way link: one PUSH, which deals its frames round all its connections. */
import type { Push } from 'zeromq'
import type { SluiceError } from '../errors.ts'
import type { Frames, FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import type { Peer } from '../port/port.ts'
import { Crowd } from './crowd.ts'
import { handshakeError } from './link-errors.ts'
import { newPush } from './native.ts'
import { Station } from './station.ts'

/** Waits for room as long as it takes, or not at all: the values of a native socket's `sendTimeout`. */
const forEver = -1
const notAtAll = 0

/**
 * Tells `up` when the first connection is there and `down` when the last is gone. One frame beyond what
 * libzmq takes is held here; while it waits, `send` returns false, and `writable` follows.
 */
export class PushSocket implements FrameSocket {
  readonly #spec: FrameSpec
  readonly #socket: Push
  readonly #station: Station
  readonly #crowd: Crowd
  readonly #bound: Promise<readonly string[]>
  #waiting: Promise<void> | undefined
  #refused = false
  #closed: Promise<void> | undefined

  /** Binds all of `bind`, or connects to the one endpoint of `connect`. */
  constructor(spec: FrameSpec) {
    this.#spec = spec
    this.#socket = newPush(spec.limits)
    this.#crowd = new Crowd([...spec.bind, ...spec.connect].join(', '), spec.events, () => true)
    this.#station = new Station(this.#socket, (event) => {
      this.#crowd.observe(event)
      const error = handshakeError(event)
      if (error !== undefined) spec.events.refused(undefined, error)
    })
    this.#bound = this.#start()
    this.#bound.catch((error: unknown) => this.#fail(error as SluiceError))
  }

  send(peer: Peer, frames: Frames): boolean {
    if (peer !== this.#crowd.peer || this.#closed !== undefined) return true
    if (this.#waiting !== undefined) {
      this.#refused = true
      return false
    }
    // Zeromq.js takes any array and changes none.
    const parts = frames as Uint8Array[]
    // A connection that ends between the two calls takes its frames along, as one that ends later would.
    if (this.#socket.writable) this.#socket.send(parts).catch(() => undefined)
    else this.#waiting = this.#wait(parts)
    return true
  }

  drop(): void {
    // Nothing comes from a peer of this side that could break a rule.
  }

  pause(): void {
    // Nothing is taken from the network here.
  }

  resume(): void {
    // Nothing was paused.
  }

  connections(peer: Peer): number {
    return peer === this.#crowd.peer ? this.#crowd.size : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(lingerMs: number): Promise<void> {
    this.#crowd.clear()
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #start(): Promise<readonly string[]> {
    for (const endpoint of this.#spec.connect) this.#station.connect(endpoint)
    return this.#station.bind(this.#spec.bind)
  }

  async #wait(parts: Uint8Array[]): Promise<void> {
    this.#socket.sendTimeout = forEver
    try {
      await this.#socket.send(parts)
    } catch {
      // The socket was closed, and with it went what it had not sent.
    }
    this.#waiting = undefined
    if (this.#socket.closed) return
    this.#socket.sendTimeout = notAtAll
    const peer = this.#crowd.peer
    const owed = this.#refused
    this.#refused = false
    if (owed && peer !== undefined && this.#closed === undefined) this.#spec.events.writable(peer)
  }

  async #close(lingerMs: number): Promise<void> {
    if (this.#waiting !== undefined && lingerMs > 0) {
      const end = new AbortController()
      const timer = setTimeout(() => end.abort(), lingerMs)
      const late = new Promise<void>((resolve) => end.signal.addEventListener('abort', () => resolve()))
      await Promise.race([this.#waiting, late])
      clearTimeout(timer)
    }
    await this.#station.close(lingerMs)
  }

  #fail(error: SluiceError): void {
    if (this.#closed !== undefined) return
    void this.close(0)
    this.#spec.events.failed(error)
  }
}
