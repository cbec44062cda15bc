/** A port over frames: the one place where a pattern's packets become bytes and bytes become packets. */
import { Layouts } from '../codec/layouts.ts'
import { PackedBatchBuilder } from '../codec/packed-batch.ts'
import { PayloadReader } from '../codec/payload-reader.ts'
import { SpareChunks } from '../codec/spare-chunks.ts'
import { DecodeError, SluiceError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { BatchBuilder } from './batch.ts'
import { BusyPoll } from './busy-poll.ts'
import type { FrameEvents, Frames, FrameSocket } from './frame-socket.ts'
import type { Peer, Port, PortEvents, Wire } from './port.ts'

/** What a wire port needs of the spec it is opened by. */
export interface WireSpec<P> {
  readonly wire: Wire<P>
  readonly events: PortEvents<P>
  readonly trusted: boolean
  readonly limits: Limits
  /** Called when the port is closed, by whomever. */
  readonly ended?: () => void
}

/** Encodes and decodes between a pattern and a frame socket; bytes that are no packet cost that message alone. */
export class WirePort<P> implements Port<P> {
  readonly #wire: Wire<P>
  readonly #events: PortEvents<P>
  readonly #payloads: PayloadReader
  readonly #maxMessageBytes: number
  readonly #socket: FrameSocket
  readonly #ended: (() => void) | undefined
  readonly #spares = new SpareChunks()
  readonly #layouts = new Layouts()
  readonly #poll: BusyPoll

  constructor(spec: WireSpec<P>, open: (events: FrameEvents) => FrameSocket) {
    this.#wire = spec.wire
    this.#events = spec.events
    this.#payloads = new PayloadReader(spec.trusted)
    this.#maxMessageBytes = spec.limits.maxMessageBytes
    this.#ended = spec.ended
    this.#poll = new BusyPoll(spec.limits.busyPollMs)
    const { events } = spec
    this.#socket = open({
      up: (peer) => events.up(peer),
      packet: (peer, frames) => this.#arrived(peer, frames),
      down: (peer) => events.down(peer),
      writable: (peer) => events.writable(peer),
      suspect: () => events.suspect(),
      refused: (peer, error) => events.refused(peer, error),
      failed: (error) => {
        this.#ended?.()
        events.failed(error)
      },
    })
  }

  builder(): BatchBuilder {
    return new PackedBatchBuilder(this.#maxMessageBytes, this.#spares, this.#layouts)
  }

  send(peer: Peer, packet: P): boolean {
    this.#poll.expect()
    return this.#socket.send(peer, this.#wire.encode(packet))
  }

  drop(peer: Peer): void {
    this.#socket.drop(peer)
  }

  pause(): void {
    this.#socket.pause()
  }

  resume(): void {
    this.#socket.resume()
  }

  connections(peer: Peer): number {
    return this.#socket.connections(peer)
  }

  bound(): Promise<readonly string[]> {
    return this.#socket.bound()
  }

  close(lingerMs: number): Promise<void> {
    this.#ended?.()
    this.#poll.close()
    return this.#socket.close(lingerMs)
  }

  #arrived(peer: Peer, frames: Frames): void {
    this.#poll.expect()
    let packet: P
    try {
      packet = this.#wire.decode(frames, this.#payloads)
    } catch (error) {
      return this.#events.refused(peer, refusalOf(error))
    }
    this.#events.packet(peer, packet)
  }
}

/** Whatever a decoder throws is the bytes' fault: it must cost the message and never the process. */
function refusalOf(error: unknown): SluiceError {
  if (error instanceof SluiceError) return error
  return new DecodeError('ENV-1', 'the bytes could not be read', { cause: error })
}
