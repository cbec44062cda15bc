/** The sending side of a one-way link: one PUSH, which deals its frames round all its connections. */
import type { Push } from 'zeromq'
import type { LinkError, SluiceError } from '../errors.ts'
import { within } from '../lifecycle/within.ts'
import type { Frames, FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import type { Peer } from '../port/port.ts'
import { Crowd } from './crowd.ts'
import { CurveSide } from './curve-side.ts'
import { newPush, pushFrames } from './native.ts'
import { Station } from './station.ts'

/** Waits for room as long as it takes, or not at all: the values of a native socket's `sendTimeout`. */
const forEver = -1
const notAtAll = 0

/** How long a close waits for receivers that may be behind, in milliseconds. */
const partingMs = 1_000

/** Libzmq lets go of a connection when its socket is used, which nobody may do for now: pause between two uses, in milliseconds. */
const askEveryMs = 5

/**
 * Tells `up` when the first connection is there and `down` when the last is gone. One frame beyond what
 * libzmq takes is held here; while it waits, `send` returns false, and `writable` follows.
 *
 * Closing with a linger over ipc waits up to a second for receivers to leave by themselves when they may be
 * behind: libzmq drops what a full receiver has not read as soon as the connection ends. Tcp keeps it.
 */
export class PushSocket implements FrameSocket {
  readonly #spec: FrameSpec
  readonly #socket: Push
  readonly #station: Station
  readonly #curve: CurveSide
  readonly #crowd: Crowd
  readonly #bound: Promise<readonly string[]>
  #waiting: Promise<void> | undefined
  #refused = false
  #sent = 0
  #closed: Promise<void> | undefined

  /** Binds all of `bind`, or connects to the one endpoint of `connect`. */
  constructor(spec: FrameSpec) {
    this.#spec = spec
    const refused = (error: LinkError): void => spec.events.refused(undefined, error)
    this.#curve = new CurveSide(spec, { refused, live: () => this.#crowd.size, cut: () => this.#cut() })
    this.#socket = newPush(spec.limits, this.#curve.options)
    this.#crowd = new Crowd([...spec.bind, ...spec.connect].join(', '), spec.events, undefined)
    this.#station = new Station(this.#socket, this.#curve.side, {
      refused,
      seen: (event) => this.#crowd.observe(event),
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
    this.#sent++
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
    this.#crowd.close()
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #start(): Promise<readonly string[]> {
    for (const endpoint of this.#spec.connect) this.#station.connect(endpoint)
    return this.#station.bind(this.#spec.bind, this.#spec.guard?.insecure)
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
    if (this.#waiting !== undefined && lingerMs > 0) await within(lingerMs, this.#waiting)
    if (this.#mayLose() && lingerMs > 0) await this.#crowd.deserted(Math.min(lingerMs, partingMs))
    await this.#station.close(lingerMs)
    // Not before: whoever knocks meanwhile would be told that it is not on the list.
    this.#curve.close()
  }

  /** Whether a receiver can be so far behind that its libzmq has stopped reading. */
  #mayLose(): boolean {
    const { bind, connect } = this.#spec
    return this.#sent > pushFrames && [...bind, ...connect].some((endpoint) => endpoint.startsWith('ipc:'))
  }

  #cut(): void {
    this.#station.cut().catch((error: unknown) => this.#fail(error as SluiceError))
    let left = partingMs / askEveryMs
    const ask = setInterval(() => {
      // A send that waits asks by itself, and would miss what this asks for.
      if (--left === 0 || this.#closed !== undefined) clearInterval(ask)
      else if (this.#waiting === undefined) void this.#socket.writable
    }, askEveryMs)
  }

  #fail(error: SluiceError): void {
    if (this.#closed !== undefined) return
    void this.close(0)
    this.#spec.events.failed(error)
  }
}
