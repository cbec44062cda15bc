/** Reads the payload frames of one port, and remembers what its messages look like. */
import { readValues } from './codec.ts'
import { FrameMemory } from './frame-memory.ts'
import { ReceivedBatch } from './packed-batch.ts'

/** One for each port: what is remembered of one peer's messages is found again in another's. */
export class PayloadReader {
  readonly #trusted: boolean
  readonly #memory: FrameMemory = new FrameMemory()

  /** `trusted` is true for octets of a process that this run started: it is not asked whether their text is UTF-8. */
  constructor(trusted: boolean) {
    this.#trusted = trusted
  }

  /** The messages of a payload frame. Throws `DecodeError`. */
  read(frame: Uint8Array): ReceivedBatch {
    return new ReceivedBatch(readValues(frame, this.#trusted, this.#memory), frame.length)
  }
}
