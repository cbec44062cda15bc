/** What a reader remembers from one frame to the next. */
import { Layouts } from './layouts.ts'
import { ShortTexts } from './short-texts.ts'

/** In a smaller frame little comes a second time. */
export const LARGE_FRAME_BYTES = 512
/** Octets of frames, however small, in which much has come a second time. */
const MUCH_BYTES = 16 * 1024

/** Of one reader, whose frames are likely to be alike. */
export class FrameMemory {
  readonly layouts: Layouts = new Layouts()
  #texts: ShortTexts | undefined
  #seen = 0

  /** Takes note of a frame of so many octets; says whether its texts are worth remembering. */
  sees(octets: number): boolean {
    if (this.#seen < MUCH_BYTES) this.#seen += octets
    return this.#seen >= MUCH_BYTES || octets >= LARGE_FRAME_BYTES
  }

  /** Made when they are first asked for: they take some kilobytes. */
  get texts(): ShortTexts {
    return (this.#texts ??= new ShortTexts())
  }
}
