/** What comes out of a receiver's session. */
import type { SluiceError } from '@sluice/core'
import type { DataPacket, Packet } from './packets.ts'
import type { Reception } from './reception.ts'

/** What came of one packet on the receiving side. */
export interface ReceiverStep {
  /** To be sent, in this order. */
  packets: Packet[]
  /** Messages of the live session, to be handed over. */
  delivery: DataPacket | undefined
  /** The session that is over: what it brought and was not begun is to be thrown away. */
  over: Reception | undefined
  /** The session that has begun. */
  opened: Reception | undefined
  /** An ack is owed: it goes out when this turn ends. */
  owes: boolean
  /** The sender has said goodbye, with this code. */
  farewell: string | undefined
  /** Why the session is over, where the other side broke a rule. */
  error: SluiceError | undefined
}
