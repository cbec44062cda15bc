/** Keeps what packets say beside the frames that they become, so that the network can tell what it carries. */
import type { Frames, PayloadReader, Wire } from '@sluice/core'
import { figuresOf } from '../watch/figures.ts'
import type { EpochNames, Figures } from '../watch/figures.ts'

/** A wire that looks at what it encodes. */
export class FrameFigures<P> implements Wire<P> {
  readonly #wire: Wire<P>
  readonly #epochs: EpochNames
  readonly #figures = new WeakMap<Frames, Figures>()

  constructor(wire: Wire<P>, epochs: EpochNames) {
    this.#wire = wire
    this.#epochs = epochs
  }

  encode(packet: P): Uint8Array[] {
    const frames = this.#wire.encode(packet)
    this.#figures.set(frames, figuresOf(packet, this.#epochs))
    return frames
  }

  decode(frames: readonly Uint8Array[], payloads: PayloadReader): P {
    return this.#wire.decode(frames, payloads)
  }

  /** What the packet said that became these frames. */
  of(frames: Frames): Figures {
    return this.#figures.get(frames) ?? { type: 'frames' }
  }
}
