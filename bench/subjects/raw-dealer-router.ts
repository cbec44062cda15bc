/** DEALER to ROUTER with zeromq.js, correlated by hand: what people write who want many requests in flight. */
import { pack, unpack } from 'msgpackr'
import { Dealer, Router } from 'zeromq'
import { asking } from '../harness/asking.ts'
import { SendQueue } from '../harness/send-queue.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

/**
 * Frames that either side may queue. Of the default of 1 000 a ROUTER throws away what is more, without a word: with 1 024
 * requests in flight a reply is lost now and then where the I/O thread has to wait for a processor, and its request never ends.
 */
const marks = { sendHighWaterMark: 0, receiveHighWaterMark: 0 }

export const subject: PairSubject = {
  async receive({ endpoint, messages }) {
    const socket = new Router(marks)
    await socket.bind(endpoint)
    const run = async (): Promise<void> => {
      for (let left = messages; left > 0; left--) {
        const [peer, id, empty, frame] = await socket.receive()
        await socket.send([peer!, id!, empty!, pack(unpack(frame!))])
      }
    }
    return { endpoint: socket.lastEndpoint ?? endpoint, run }
  },

  async send(work) {
    const socket = new Dealer(marks)
    socket.connect(work.endpoint)
    const values = ring(shapeOf(work.shape))
    const waiting = new Map<number, (value: unknown) => void>()
    const queue = new SendQueue((frames) => socket.send(frames))
    const receive = async (): Promise<void> => {
      for await (const [id, , frame] of socket) {
        const key = id!.readUInt32BE()
        const resolve = waiting.get(key)
        waiting.delete(key)
        resolve?.(unpack(frame!))
      }
    }
    let last = 0
    const ask = (value: unknown): Promise<unknown> =>
      new Promise((resolve) => {
        const id = Buffer.allocUnsafe(4)
        id.writeUInt32BE(++last)
        waiting.set(last, resolve)
        queue.push([id, '', pack(value)])
      })
    return async () => {
      const reading = receive()
      const findings = await asking(work, values, ask)
      socket.close()
      await reading
      return findings
    }
  },
}
