/** Reads the payload frames of one port, and remembers what its messages look like. */
import { readValues } from './codec.ts'
import { Decoder } from './decoder.ts'
import { FrameMemory } from './frame-memory.ts'
import { ReceivedBatch } from './packed-batch.ts'

/** One for each port: what is remembered of one peer's messages is found again in another's. */
export class PayloadReader {
  readonly #decoder: Decoder

  /** `trusted` is true for octets of a process that this run started: it is not asked whether their text is UTF-8. */
  constructor(trusted: boolean) {
    this.#decoder = new Decoder(trusted, new FrameMemory())
  }

  /** The messages of a payload, which begins at an octet of its frame and ends where that does. Throws `DecodeError`. */
  read(frame: Uint8Array, from: number = 0): ReceivedBatch {
    return new ReceivedBatch(readValues(this.#decoder, frame, from), frame.length - from)
  }
}
