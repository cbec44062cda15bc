/** The floor of Node itself: net.Socket, arrays of 256 behind a length, gathered to 64 KiB writes; it promises nothing. */
import { once } from 'node:events'
import { pack, unpack } from 'msgpackr'
import { dial, eachFrame, head, listen } from '../harness/net.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const size = 256
const writeBytes = 64 * 1024

export const subject: PairSubject = {
  async receive(work) {
    const { bound, socket } = await listen(work)
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = work.messages
    const run = async (): Promise<void> => {
      eachFrame(await socket, (frame) => {
        for (const value of unpack(frame) as unknown[]) if (value !== undefined) left--
        if (left <= 0) resolve()
      })
      await promise
    }
    return { endpoint: bound, run }
  },

  async send(work) {
    const socket = await dial(work)
    const values = ring(shapeOf(work.shape))
    return async () => {
      let gathered: Buffer[] = []
      let bytes = 0
      for (let n = 0; n < work.messages; n += size) {
        const from = n & 1023
        const body = pack(values.slice(from, from + Math.min(size, work.messages - n)))
        gathered.push(head(body.length), body)
        bytes += body.length + 4
        if (bytes < writeBytes) continue
        if (!socket.write(Buffer.concat(gathered, bytes))) await once(socket, 'drain')
        gathered = []
        bytes = 0
      }
      socket.write(Buffer.concat(gathered, bytes))
    }
  },
}
