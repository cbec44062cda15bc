/** rsocket-js, request-response. */
import { pack, unpack } from 'msgpackr'
import flowable from 'rsocket-flowable'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'
import { dial, serve } from './servers/rsocket.ts'

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const endpoint = await serve({
      requestResponse({ data }) {
        if (--left === 0) setImmediate(resolve)
        return flowable.Single.of({ data: pack(unpack(data)) })
      },
    })
    return { endpoint, run: () => promise }
  },
  async send(work) {
    const socket = await dial(work.endpoint)
    const values = ring(shapeOf(work.shape))
    const ask = (value: unknown): Promise<unknown> =>
      new Promise((resolve, reject) =>
        socket.requestResponse({ data: pack(value) }).then((reply) => resolve(unpack(reply.data)), reject),
      )
    return () => asking(work, values, ask)
  },
}
