/** The states of a session, and what a sender's is made of. */
import type { SluiceError } from '@sluice/core'
import type { Objection } from './greeting.ts'
import type { Settlement } from './in-flight.ts'
import type { Epoch, Packet, Side } from './packets.ts'
import type { Slice } from './slice.ts'

/**
 * ```
 *             open()               WELCOME          end()           ACK, ended
 *   waiting ─────────▶ greeting ───────────▶ live ─────────▶ ending ──────────▶ ended
 *      └───────────── HELLO, where bound ─────▲                │
 *   BYE from any of them leads back to waiting; a side that connected greets again after a pause.
 *   A receiver's session knows no ending: it is live for as long as the sender may repeat its END.
 * ```
 */
export type SessionState = 'waiting' | 'greeting' | 'live' | 'ending' | 'ended'

/** What a sender's session has to know beforehand. */
export interface SenderSessionOptions {
  readonly side: Side
  readonly identity: string
  /** Takes ACK in one frame. */
  readonly compact: boolean
  /** Most bytes that this side lets be outstanding in the session, whatever the receiver allows. */
  readonly highWaterMarkBytes: number
  /** Draws the name of a new session: 8 random octets. */
  readonly newEpoch: () => Epoch
  /** Where bound: says what there is against a session with a receiver of this label, though its greeting is right. */
  readonly against?: (label: string) => Objection | undefined
}

/** What came of one packet on the sending side. */
export interface SenderStep {
  /** To be sent, in this order. */
  packets: Packet[]
  /** Messages that have ended. */
  settled: Settlement[]
  /** What a session that is over had in flight, in order: to be sent again. */
  returned: Slice[]
  /** Why the session is over, where the other side broke a rule or said so. */
  error: SluiceError | undefined
}
