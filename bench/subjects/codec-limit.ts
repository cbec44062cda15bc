/** The bound of the codec: msgpackr alone, arrays of 256; the two sides work after each other, the slower one counts. */
import { pack, unpack } from 'msgpackr'
import { ring, shapeOf } from '../shapes.ts'
import type { Subject } from '../subject.ts'

const size = 256

export const subject: Subject = {
  async receive({ endpoint, shape, messages }) {
    const frame = pack(ring(shapeOf(shape)).slice(0, size))
    const run = async (): Promise<void> => {
      for (let left = messages; left > 0; left -= size) unpack(frame)
    }
    return { endpoint, run }
  },

  async send({ shape, messages }) {
    const values = ring(shapeOf(shape)).slice(0, size)
    return async () => {
      for (let left = messages; left > 0; left -= size) pack(values)
    }
  },
}
