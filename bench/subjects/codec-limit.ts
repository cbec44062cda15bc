/** The bound of the codec: msgpackr alone, arrays of 256; of packing and unpacking the slower one counts. */
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { LoneSubject } from '../subject.ts'

const size = 256

export const subject: LoneSubject = {
  async alone({ shape, messages }) {
    const values = ring(shapeOf(shape))
    const parts = [0, 256, 512, 768].map((from) => values.slice(from, from + size))
    const frames = parts.map((part) => pack(part))
    return async () => {
      const packing = timed(messages, (part) => void pack(parts[part]))
      const unpacking = timed(messages, (part) => void unpack(frames[part]!))
      return { elapsedMs: Math.max(packing, unpacking) }
    }
  },
}

function timed(messages: number, work: (part: number) => void): number {
  const from = performance.now()
  for (let n = 0; n < messages; n += size) work((n / size) & 3)
  return performance.now() - from
}
