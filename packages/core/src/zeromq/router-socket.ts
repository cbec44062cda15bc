/** The bound side of a duplex link: one ROUTER, and a peer for each connection that speaks. */
import { randomBytes } from 'node:crypto'
import { LinkError } from '../errors.ts'
import type { SluiceError } from '../errors.ts'
import { within } from '../lifecycle/within.ts'
import type { Frames, FrameSocket, FrameSpec } from '../port/frame-socket.ts'
import type { Peer } from '../port/port.ts'
import { CurveSide } from './curve-side.ts'
import { Intake } from './intake.ts'
import { canMarkEnds, newRouter } from './native.ts'
import { Station } from './station.ts'

/** How long after a connection's end it is surely known at the socket, in milliseconds. */
const suspicionMs = 20

/** How long a close waits for peers to hang up, in milliseconds. */
const partingMs = 50

class RouterPeer implements Peer {
  readonly label: string
  readonly id: Buffer
  readonly key: string
  /** Made once for each peer, since every send needs one. */
  readonly lost: () => void

  constructor(id: Buffer, key: string, lose: (peer: RouterPeer) => void) {
    this.id = id
    this.key = key
    this.label = `peer ${id.toString('hex')}`
    this.lost = () => lose(this)
  }
}

/**
 * Tells `up` at a peer's first message and `down` in order behind its last: libzmq puts a mark of ours
 * where a connection ends. A peer that cannot be sent to, or does not take what it is sent, is down as well;
 * where libzmq cannot mark, that is the only way to know, and `suspect` asks for it.
 *
 * Closing with a linger, the side that is bound leaves last. Where both leave at once, a goodbye may meet a connection that is gone
 * while the other side's waits to be read. A native socket closed then keeps that connection, unread, for as long as it lingers, and
 * libzmq 4.3.5 aborts the process with the next heartbeat on it. Reading on for a moment shows that the connection is gone; where it
 * is not, all that was said has left meanwhile.
 */
export class RouterSocket implements FrameSocket {
  readonly #spec: FrameSpec
  readonly #socket: ReturnType<typeof newRouter>
  readonly #station: Station
  readonly #curve: CurveSide
  readonly #intake: Intake
  readonly #peers = new Map<string, RouterPeer>()
  /** Whoever spoke last is most likely who speaks next: the key of its id is known. */
  #last: RouterPeer | undefined
  readonly #mark = randomBytes(16)
  readonly #bound: Promise<readonly string[]>
  readonly #partingMs: number
  #closed: Promise<void> | undefined
  #alone: (() => void) | undefined

  constructor(spec: FrameSpec, marksEnds: boolean = canMarkEnds, waitMs: number = partingMs) {
    this.#spec = spec
    this.#partingMs = waitMs
    const refused = (error: LinkError): void => {
      if (this.#closed === undefined) spec.events.refused(undefined, error)
    }
    this.#curve = new CurveSide(spec, { refused, live: () => this.#peers.size, cut: () => this.#cut() })
    this.#socket = newRouter(spec.limits, this.#curve.options)
    if (marksEnds) this.#socket.markEnds(this.#mark)
    this.#station = new Station(this.#socket, this.#curve.side, {
      refused,
      seen: (event) => {
        if (event.type === 'disconnect' && !marksEnds) this.#suspect()
      },
    })
    this.#intake = new Intake(this.#socket, (frames) => this.#arrived(frames))
    this.#bound = this.#start()
    this.#bound.catch((error: unknown) => this.#fail(error as SluiceError))
  }

  send(peer: Peer, frames: Frames): boolean {
    const { id, key, lost } = peer as RouterPeer
    if (this.#peers.get(key) !== peer || this.#closed !== undefined) return true
    this.#socket.send([id, ...frames]).catch(lost)
    return true
  }

  drop(peer: Peer): void {
    const { key } = peer as RouterPeer
    if (this.#peers.get(key) === peer) this.#peers.delete(key)
  }

  pause(): void {
    // What a duplex pattern has not allowed for is not sent to it.
  }

  resume(): void {
    // Nothing was paused.
  }

  connections(peer: Peer): number {
    return this.#peers.get((peer as RouterPeer).key) === peer ? 1 : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(lingerMs: number): Promise<void> {
    this.#closed ??= this.#close(lingerMs)
    return this.#closed
  }

  async #close(lingerMs: number): Promise<void> {
    if (lingerMs > 0 && this.#peers.size > 0) await this.#parted()
    this.#intake.stop()
    this.#peers.clear()
    await this.#station.close(lingerMs)
    // Not before: whoever knocks meanwhile would be told that it is not on the list.
    this.#curve.close()
  }

  /** Resolves when every peer has hung up, or when it has been waited for long enough. */
  #parted(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#alone = resolve
    return within(this.#partingMs, promise)
  }

  async #start(): Promise<readonly string[]> {
    const endpoints = await this.#station.bind(this.#spec.bind, this.#spec.guard?.insecure)
    // Not before: a bind takes the signal away that would wake a reader.
    void this.#intake.run()
    return endpoints
  }

  #arrived(frames: Buffer[]): void {
    const id = frames.shift()
    if (id === undefined) return
    const last = this.#last
    const key = last !== undefined && sameOctets(id, last.id) ? last.key : id.toString('latin1')
    const known = this.#peers.get(key)
    this.#last = known
    if (frames.length === 1 && frames[0]?.equals(this.#mark) === true) {
      if (known !== undefined) this.#lose(known)
      return
    }
    if (this.#closed !== undefined) return
    const peer = known ?? this.#meet(id, key)
    if (peer !== undefined) this.#spec.events.packet(peer, frames)
  }

  #meet(id: Buffer, key: string): RouterPeer | undefined {
    const { events, limits } = this.#spec
    if (this.#peers.size >= limits.maxPeers) {
      events.refused(undefined, new LinkError(`more than ${limits.maxPeers} peers (maxPeers)`))
      return undefined
    }
    const peer = new RouterPeer(id, key, (lost) => this.#lose(lost))
    this.#peers.set(key, peer)
    events.up(peer)
    return peer
  }

  /** No mark comes of a connection that this side ends. */
  #cut(): void {
    this.#station.cut().catch((error: unknown) => this.#fail(error as SluiceError))
    for (const peer of this.#peers.values()) this.#lose(peer)
  }

  #lose(peer: RouterPeer): void {
    if (this.#peers.get(peer.key) !== peer) return
    this.#peers.delete(peer.key)
    if (this.#closed === undefined) this.#spec.events.down(peer)
    else if (this.#peers.size === 0) this.#alone?.()
  }

  /** The event comes a moment before the connection is taken down: a probe sent at once would find it there. */
  #suspect(): void {
    const tell = setTimeout(() => {
      if (this.#closed === undefined) this.#spec.events.suspect()
    }, suspicionMs)
    tell.unref()
  }

  #fail(error: SluiceError): void {
    if (this.#closed !== undefined) return
    void this.close(0)
    this.#spec.events.failed(error)
  }
}

/** Quicker for a handful of octets than a call into Node. */
function sameOctets(one: Uint8Array, other: Uint8Array): boolean {
  if (one.length !== other.length) return false
  for (let at = 0; at < one.length; at++) if (one[at] !== other[at]) return false
  return true
}
