/**
 * The boundary between a pattern and what carries it. A pattern speaks in packets to peers; a port
 * moves them by memory, by a MessagePort or by ZeroMQ, and only it knows which.
 */
import type { Clock } from '../clock.ts'
import type { PayloadReader } from '../codec/payload-reader.ts'
import type { SluiceError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { Guard } from '../security/guard.ts'
import type { BatchBuilder } from './batch.ts'

/** One remote end as a port sees it. Compared by identity; the label is for people. */
export interface Peer {
  readonly label: string
  /** How soon it reacts to what is said to it while it is busy, in milliseconds, where that is known. */
  readonly reactionMs?: number
}

/** How a pattern's packets look as frames. `decode` throws `DecodeError` or `ProtocolError`, nothing else. */
export interface Wire<P> {
  encode(packet: P): Uint8Array[]
  /** `payloads` reads the frames that hold messages. */
  decode(frames: readonly Uint8Array[], payloads: PayloadReader): P
}

/** What a port tells its pattern. Called from the event loop, never from inside a call to the port. */
export interface PortEvents<P> {
  /** The peer can be sent to. On a socket that is connected to: once per (re)connect. On one that is bound: when it first speaks. */
  up(peer: Peer): void
  packet(peer: Peer, packet: P): void
  /** Nothing more comes from this peer object and what was sent to it may be lost; a reconnect is a new peer. */
  down(peer: Peer): void
  /** Only where `send` returned false: the peer takes packets again. */
  writable(peer: Peer): void
  /** Some connection of a bound socket was lost, it is not known whose: send each peer something to find out. */
  suspect(): void
  /** Bytes that are not a packet arrived and were thrown away. */
  refused(peer: Peer | undefined, error: SluiceError): void
  /** The port can no longer work, for instance because a bind failed; it closes itself. */
  failed(error: SluiceError): void
}

/**
 * How the two sides meet.
 * `push` / `pull`: one way, any ready peer (PUSH, PULL). `duplex`: both ways, addressed (ROUTER where bound, DEALER where connected).
 */
export type PortShape = 'push' | 'pull' | 'duplex'

/** What a pattern says when it opens a port. */
export interface PortSpec<P> {
  readonly shape: PortShape
  readonly wire: Wire<P>
  readonly events: PortEvents<P>
  /** Endpoints to bind, such as `tcp://127.0.0.1:*`; a wildcard is replaced by what the system gave. */
  readonly bind: readonly string[]
  /** Endpoints to connect to; each is its own peer, and reconnects for ever. */
  readonly connect: readonly string[]
  /** True for links whose both ends this run started. Default false. */
  readonly trusted: boolean
  readonly limits: Limits
  readonly clock: Clock
  /** What keeps strangers out of its tcp endpoints. Default: no CURVE, and tcp is bound on loopback only. */
  readonly guard?: Guard | undefined
}

/** Carries a pattern's packets to peers and back; an open one holds the process open, unless it is in memory. */
export interface Port<P> {
  /** A builder of batches in the form that this port carries. */
  builder(): BatchBuilder
  /**
   * Hands a packet to a peer, at once and in order. False means that nothing was taken and `writable`
   * follows; only `push` ports say so. A packet to a peer that is gone is dropped: its `down` is on the way.
   */
  send(peer: Peer, packet: P): boolean
  /**
   * Forgets a peer that broke the rules: no event names it again. What was just sent to it may still leave.
   * A connected endpoint is connected to anew after a pause.
   */
  drop(peer: Peer): void
  /** Stops taking packets from the network (`push`-`pull` only: a `duplex` pattern has its window); peers see their marks fill. */
  pause(): void
  resume(): void
  /** How many connections stand behind a peer: more than one only behind a bound `push` socket. */
  connections(peer: Peer): number
  /** Resolves to the endpoints really bound, in the order of `bind`. Rejects with the `LinkError` of a failed bind. */
  bound(): Promise<readonly string[]>
  /** Closes every socket; what was sent may still leave within `lingerMs`. Idempotent; never rejects. */
  close(lingerMs: number): Promise<void>
}

/** Opens ports by the scheme of their endpoints. One per process is enough; one per test keeps names apart. */
export interface Ports {
  open<P>(spec: PortSpec<P>): Port<P>
}
