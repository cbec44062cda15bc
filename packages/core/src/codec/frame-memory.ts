/** What a reader remembers from one frame to the next. */
import { Layouts } from './layouts.ts'
import { ShortTexts } from './short-texts.ts'

/** Of one reader, whose frames are likely to be alike. */
export class FrameMemory {
  readonly layouts: Layouts = new Layouts()
  #texts: ShortTexts | undefined

  /** Made when they are first asked for: they take some kilobytes. */
  get texts(): ShortTexts {
    return (this.#texts ??= new ShortTexts())
  }
}
