/** Requests over a net.Socket, made by hand: an id ahead of each, and one write for what a turn brought. */
import type { Socket } from 'node:net'
import { pack, unpack } from 'msgpackr'
import { asking } from '../harness/asking.ts'
import { dial, eachFrame, head, listen } from '../harness/net.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

export const subject: PairSubject = {
  async receive(work) {
    const { bound, socket } = await listen(work)
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = work.messages
    const run = async (): Promise<void> => {
      const peer = await socket
      eachFrame(peer, (frame) => {
        write(peer, frame.readUInt32BE(), unpack(frame.subarray(4)))
        if (--left === 0) resolve()
      })
      await promise
    }
    return { endpoint: bound, run }
  },

  async send(work) {
    const socket = await dial(work)
    const values = ring(shapeOf(work.shape))
    const waiting = new Map<number, (value: unknown) => void>()
    eachFrame(socket, (frame) => {
      const id = frame.readUInt32BE()
      const resolve = waiting.get(id)
      waiting.delete(id)
      resolve?.(unpack(frame.subarray(4)))
    })
    let last = 0
    const ask = (value: unknown): Promise<unknown> =>
      new Promise((resolve) => {
        waiting.set(++last, resolve)
        write(socket, last, value)
      })
    return () => asking(work, values, ask)
  },
}

function write(socket: Socket, id: number, value: unknown): void {
  const body = pack(value)
  if (socket.writableCorked === 0) {
    socket.cork()
    setImmediate(() => socket.uncork())
  }
  socket.write(Buffer.concat([head(body.length + 4), head(id), body]))
}
