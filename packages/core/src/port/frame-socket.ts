/** What carries bytes for a port: the same boundary as a port's, in frames and not in packets. */
import type { Port, PortEvents, PortShape } from './port.ts'
import type { Clock } from '../clock.ts'
import type { Limits } from '../limits.ts'
import type { Guard } from '../security/guard.ts'

/** The parts of one multipart message, in order. */
export type Frames = readonly Uint8Array[]

/** Moves frames to and from peers. What is said of `Port` holds of it, one layer below the codec. */
export type FrameSocket = Omit<Port<Frames>, 'builder'>

/** What a frame socket tells the port above it. `refused` is for what never became frames of a peer. */
export type FrameEvents = PortEvents<Frames>

/** What is needed to open a frame socket. */
export interface FrameSpec {
  readonly shape: PortShape
  readonly events: FrameEvents
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  readonly limits: Limits
  readonly clock: Clock
  /** Default: no CURVE, and tcp is bound on loopback only. */
  readonly guard?: Guard | undefined
}
