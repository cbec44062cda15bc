/** Lets a stage on a thread stand at a link of sockets: the sockets stay here, their frames travel by channel. */
import { MessageChannel } from 'node:worker_threads'
import type { MessagePort } from 'node:worker_threads'
import type { Clock } from '../clock.ts'
import type { SluiceError } from '../errors.ts'
import { within } from '../lifecycle/within.ts'
import type { Limits } from '../limits.ts'
import type { FrameEvents, Frames, FrameSocket } from '../port/frame-socket.ts'
import type { Peer, PortShape } from '../port/port.ts'
import type { Guard } from '../security/guard.ts'
import { ChannelEnd } from './channel-end.ts'

/** Where the sockets stand, and how the thread is reached. */
export interface BridgeSpec {
  /** The shape of the thread's side: `push` where its stage sends. */
  readonly shape: PortShape
  /** Endpoints of sockets, as a port has them. */
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  readonly limits: Limits
  readonly clock: Clock
  /** Default: no CURVE, and tcp is bound on loopback only. */
  readonly guard?: Guard | undefined
  /** Gets one MessagePort for each remote peer, to be attached to the thread's `ChannelHub` under the link's name. */
  readonly hand: (port: MessagePort) => void
  /** Bytes that never became frames of a peer. */
  readonly refused: (error: SluiceError) => void
  /** The sockets can no longer work; the bridge has closed itself. */
  readonly failed: (error: SluiceError) => void
}

const opposite: Readonly<Record<PortShape, PortShape>> = { push: 'pull', pull: 'push', duplex: 'duplex' }

/** A remote peer and the channel that leads from it to the thread. */
interface Span {
  readonly peer: Peer
  readonly end: ChannelEnd
  /** What the far side of the span did not take yet, in order. */
  held: Frames[]
  /** The side that `held` comes from is gone: the span ends when all of it was taken. */
  ending: boolean
}

/**
 * Pumps frames between sockets and channels, as they are. On a one-way link little waits here: a socket
 * that is full stops the thread, and a thread that does not take stops the socket.
 */
export class Bridge {
  readonly #spec: BridgeSpec
  readonly #socket: FrameSocket
  readonly #spans = new Map<Peer, Span>()
  #emptied: (() => void) | undefined
  #closed: Promise<void> | undefined

  constructor(spec: BridgeSpec, open: (events: FrameEvents) => FrameSocket) {
    this.#spec = spec
    this.#socket = open(this.#events())
  }

  /** Resolves to the endpoints really bound. Rejects with the `LinkError` of a failed bind. */
  bound(): Promise<readonly string[]> {
    return this.#socket.bound()
  }

  /**
   * Closes the sockets. With a linger it first waits, at most so long, until the thread has closed its ends
   * and the sockets have taken all that it sent. Idempotent; never rejects.
   */
  close(lingerMs: number): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #close(lingerMs: number): Promise<void> {
    if (lingerMs > 0 && this.#spans.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#emptied = resolve
      await within(lingerMs, promise)
    }
    for (const span of this.#spans.values()) span.end.close()
    this.#spans.clear()
    await this.#socket.close(lingerMs)
  }

  #events(): FrameEvents {
    const { refused, failed } = this.#spec
    return {
      up: (peer) => this.#build(peer),
      packet: (peer, frames) => this.#toThread(peer, frames),
      down: (peer) => this.#lost(peer),
      writable: (peer) => this.#socketTakes(peer),
      // The thread hears of a lost peer when this side does.
      suspect: () => undefined,
      refused: (_peer, error) => refused(error),
      failed: (error) => {
        void this.close(0)
        failed(error)
      },
    }
  }

  #build(peer: Peer): void {
    if (this.#closed !== undefined) return
    const { port1, port2 } = new MessageChannel()
    const end = new ChannelEnd(port1, peer.label, opposite[this.#spec.shape], {
      frames: (_end, frames) => this.#toSocket(span, frames),
      writable: () => this.#threadTakes(span),
      down: () => this.#abandoned(span),
      refused: (_end, error) => this.#spec.refused(error),
    })
    const span: Span = { peer, end, held: [], ending: false }
    this.#spans.set(peer, span)
    if (this.#spec.shape === 'push') {
      end.note(this.#socket.connections(peer))
      end.say()
    }
    this.#spec.hand(port2)
  }

  #toThread(peer: Peer, frames: Frames): void {
    const span = this.#spans.get(peer)
    if (span === undefined || (span.held.length === 0 && span.end.send(frames))) return
    span.held.push(frames)
    this.#socket.pause()
  }

  #threadTakes(span: Span): void {
    while (span.held[0] !== undefined && span.end.send(span.held[0])) span.held.shift()
    if (span.held.length > 0) return
    if (span.ending) this.#remove(span)
    if (![...this.#spans.values()].some(({ held }) => held.length > 0)) this.#socket.resume()
  }

  /** The remote peer is gone; a thread that only receives still gets what it had sent. */
  #lost(peer: Peer): void {
    const span = this.#spans.get(peer)
    if (span === undefined) return
    span.ending = true
    if (this.#spec.shape !== 'pull' || span.held.length === 0) this.#remove(span)
  }

  #toSocket(span: Span, frames: Frames): void {
    span.end.note(this.#socket.connections(span.peer))
    if (this.#socket.send(span.peer, frames)) return
    span.held.push(frames)
    span.end.pause()
  }

  #socketTakes(peer: Peer): void {
    const span = this.#spans.get(peer)
    if (span === undefined) return
    while (span.held[0] !== undefined && this.#socket.send(peer, span.held[0])) span.held.shift()
    if (span.held.length > 0) return
    if (span.ending) this.#remove(span)
    else span.end.resume()
  }

  /** The thread is done with this peer; a socket that only sends still gets what it had sent. */
  #abandoned(span: Span): void {
    span.ending = true
    if (this.#spec.shape !== 'push' || span.held.length === 0) this.#remove(span)
  }

  #remove(span: Span): void {
    if (!this.#spans.delete(span.peer)) return
    span.end.close()
    this.#socket.drop(span.peer)
    if (this.#spans.size === 0) this.#emptied?.()
  }
}
