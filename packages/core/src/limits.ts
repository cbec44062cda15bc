/** Every bound that is always on: its default and its unit. Options of the same name override them. */

/** The bounds of one socket; each is always on. */
export interface Limits {
  /** Largest message a socket takes from a peer, in bytes over all frames' payload. Default 64 MiB. */
  readonly maxMessageBytes: number
  /** Time a peer has to finish the ZMTP handshake, in milliseconds. Default 5 000. */
  readonly handshakeTimeoutMs: number
  /** Interval between two ZMTP heartbeats, in milliseconds. Default 1 000. */
  readonly heartbeatIntervalMs: number
  /** Silence after which a peer is taken for dead, in milliseconds. Default 3 000. */
  readonly heartbeatTimeoutMs: number
  /** Payload bytes gathered into one frame before it is sent at once. Default 64 KiB. */
  readonly maxBatchBytes: number
  /** Messages gathered into one frame before it is sent at once. Default 1 024. */
  readonly maxBatchMessages: number
  /** Frames that libzmq may hold to be sent to one peer: a guard above the window, never the flow control. Default 100 000. */
  readonly socketHighWaterMark: number
  /** Peers with a live session on one socket. Default 10 000. */
  readonly maxPeers: number
  /**
   * Bytes of messages of one peer that are here and not finished; of all peers of a one-way socket.
   * Half of it bounds `highWaterMarkBytes` too. Default 256 MiB.
   */
  readonly maxBufferedBytes: number
  /** Sessions that one CURVE key may begin within ten seconds on one bound socket. Default 1 000. */
  readonly maxSessionsPerKey: number
  /** Live sessions of receivers of one `identity` with a bound backpressure sender; a receiver has one of each sender's. Default 100. */
  readonly maxSessionsPerIdentity: number
  /**
   * How long a socket keeps its thread awake after each message that goes or comes, in milliseconds, 1 000 at most: what follows finds it
   * turning and need not wake it. Costs as much processor time, so there should be a processor to spare. Default 0: it sleeps at once.
   */
  readonly busyPollMs: number
}

/** The bounds where no option says otherwise. */
export const defaultLimits: Limits = {
  maxMessageBytes: 64 * 1024 * 1024,
  handshakeTimeoutMs: 5_000,
  heartbeatIntervalMs: 1_000,
  heartbeatTimeoutMs: 3_000,
  maxBatchBytes: 64 * 1024,
  maxBatchMessages: 1_024,
  socketHighWaterMark: 100_000,
  maxPeers: 10_000,
  maxBufferedBytes: 256 * 1024 * 1024,
  maxSessionsPerKey: 1_000,
  maxSessionsPerIdentity: 100,
  busyPollMs: 0,
}
