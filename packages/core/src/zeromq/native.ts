/** The one door to libzmq: its context, its sockets with every bound set, and two options of its draft API. */
import { isMainThread } from 'node:worker_threads'
import { capability, Context, Dealer, Pull, Push, Reply, Router } from 'zeromq'
import type { Event, Observer, Socket } from 'zeromq'
import type { Limits } from '../limits.ts'

/** Sockets that one process may have; a link takes three on each side, with its monitor. */
const maxSockets = 16_384

/** Frames that libzmq may hold on either side of a one-way connection: at 64 KiB each, a MiB. */
export const pushFrames: number = 16

/** Probes of the operating system that stay without an answer before a one-way connection is taken for dead. */
const keepaliveProbes = 3

/** Kernel buffers of one-way connections, so that what a slow receiver has not seen stays small. */
const pushBufferBytes = 256 * 1024

/** Connections that may wait to be accepted: with few, one of many that come at once is tried again a second later. */
const backlog = 1_024

/** First pause before a lost connection is tried again, and the longest, in milliseconds. */
const reconnectMs = 50
const reconnectMaxMs = 1_000

/**
 * How long one attempt to connect may take, in milliseconds. Left to itself the system asks after 1, 3, 7, 15 and 31 s: who is
 * asked may have been back for as long.
 */
const connectTimeoutMs = 1_500

/** Longest silence that a heartbeat may be given, in milliseconds: what ZMTP can state of it. */
const longestHeartbeatMs = 6_553_500

/** Largest whole number that an option of libzmq can hold. */
const largestInt = 2 ** 31 - 1

/** Of libzmq's draft API: a message of our own that marks the end of a connection. */
const ZMQ_DISCONNECT_MSG = 111
const ZMQ_HICCUP_MSG = 114

/** Whether the addon has libzmq's draft API, as it does unless somebody built it otherwise. */
export const canMarkEnds: boolean = capability.draft === true

/**
 * Our own, so that what we set does not change the sockets that the rest of the program has. A worker thread, which opens no
 * socket, has none: it would outlive its thread, with a file descriptor.
 */
const own: { readonly context?: Context } = isMainThread
  ? { context: new Context({ blocky: false, maxSockets }) }
  : {}

/** What a socket is given by which it proves itself, or asks who is there; without keys it speaks to everybody. */
export interface CurveOptions {
  /** Libzmq would let everybody in where it has a domain and nobody answers. */
  readonly zapEnforceDomain: true
  readonly zapDomain?: string
  readonly curveServer?: true
  readonly curvePublicKey?: string
  readonly curveSecretKey?: string
  readonly curveServerKey?: string
}

class MarkingRouter extends Router {
  /** Lets the end of each connection be read in its place behind the last message of that peer. */
  markEnds(mark: Buffer): void {
    this.setStringOption(ZMQ_DISCONNECT_MSG, mark)
  }
}

class MarkingDealer extends Dealer {
  /** Lets the end of the connection be read in its place behind its last message. */
  markEnds(mark: Buffer): void {
    this.setStringOption(ZMQ_HICCUP_MSG, mark)
  }
}

/** Sends at once or says why not; a peer that cannot take more is known at the next send. */
export function newRouter(limits: Limits, curve: CurveOptions): MarkingRouter {
  return new MarkingRouter({
    ...common(limits),
    ...curve,
    ...heartbeats(limits),
    mandatory: true,
    handover: false,
    sendTimeout: 0,
    ...marks(limits),
  })
}

/**
 * Sends at once or says why not. `immediate` stays off: with it libzmq throws away what came in and was
 * not read yet when the connection ends; nothing is sent before the handshake all the same.
 */
export function newDealer(limits: Limits, curve: CurveOptions): MarkingDealer {
  return new MarkingDealer({
    ...common(limits),
    ...curve,
    ...heartbeats(limits),
    sendTimeout: 0,
    ...marks(limits),
  })
}

/** Holds few frames, so that a slow receiver is felt soon. */
export function newPush(limits: Limits, curve: CurveOptions): Push {
  return new Push({
    ...common(limits),
    ...curve,
    ...keepalive(limits),
    sendTimeout: 0,
    sendHighWaterMark: pushFrames,
    sendBufferSize: pushBufferBytes,
  })
}

/** Holds few frames, so that a sender feels a slow receiver soon. */
export function newPull(limits: Limits, curve: CurveOptions): Pull {
  return new Pull({
    ...common(limits),
    ...curve,
    ...keepalive(limits),
    receiveHighWaterMark: pushFrames,
    receiveBufferSize: pushBufferBytes,
  })
}

/** Answers libzmq's own questions within the process; it never sees the network. */
export function newReply(): Reply {
  return new Reply({ ...own, linger: 0 })
}

/**
 * What came in is not bounded by libzmq: where it is, libzmq 4.3.5 stops reading from a connection at the bound, and when
 * that one is reset then, its next heartbeat aborts the whole process (`Assertion failed: !_io_error`).
 */
function marks({ socketHighWaterMark }: Limits): object {
  return { sendHighWaterMark: Math.min(socketHighWaterMark, largestInt), receiveHighWaterMark: 0 }
}

function common(limits: Limits): object {
  return {
    ...own,
    linger: 0,
    backlog,
    maxMessageSize: limits.maxMessageBytes,
    handshakeInterval: limits.handshakeTimeoutMs,
    connectTimeout: connectTimeoutMs,
    reconnectInterval: reconnectMs,
    reconnectMaxInterval: reconnectMaxMs,
  }
}

/**
 * Both sides ask, and state no time to live: libzmq forgets that with the next message of any kind, so that it shows nothing
 * which an answer that stays out does not show; and it looks through the timers of all connections whenever one is
 * forgotten, so that with it a thousand connections at rest cost twice as much.
 */
function heartbeats(limits: Limits): object {
  return {
    heartbeatInterval: limits.heartbeatIntervalMs,
    heartbeatTimeout: Math.min(limits.heartbeatTimeoutMs, longestHeartbeatMs),
  }
}

/**
 * Instead of heartbeats on one-way sockets. Libzmq reads nothing of a connection whose queue is full, heartbeats
 * included: a paused receiver would be taken for dead, and a heartbeat of its own to a sender that has
 * closed would be answered with a reset, which throws away what it had not read yet.
 */
function keepalive(limits: Limits): object {
  const seconds = Math.max(1, Math.round(limits.heartbeatTimeoutMs / 1_000 / keepaliveProbes))
  return {
    tcpKeepalive: 1,
    tcpKeepaliveIdle: seconds,
    tcpKeepaliveInterval: seconds,
    tcpKeepaliveCount: keepaliveProbes,
  }
}

/** Tells every event of a socket's connections until the socket is closed. */
export async function watch(socket: Socket, tell: (event: Event) => void): Promise<void> {
  const observer = socket.events
  for (;;) {
    const event = await nextEvent(observer)
    if (event === undefined || event.type === 'end') return
    tell(event)
  }
}

async function nextEvent(observer: Observer): Promise<Event | undefined> {
  try {
    return await observer.receive()
  } catch {
    // Only a socket that is closed has no next event.
    return undefined
  }
}
