/** gRPC: one unary call a message, msgpack as the body, so that no schema is needed. */
import { Client, credentials, Server, ServerCredentials } from '@grpc/grpc-js'
import type { sendUnaryData, ServerUnaryCall } from '@grpc/grpc-js'
import { pack, unpack } from 'msgpackr'
import { asking } from '../harness/asking.ts'
import { ring, shapeOf } from '../shapes.ts'
import type { PairSubject } from '../subject.ts'

const path = '/bench.Bench/Echo'
const encode = (value: unknown): Buffer => pack(value)
const decode = (octets: Buffer): unknown => unpack(octets)

export const subject: PairSubject = {
  async receive({ messages }) {
    const { promise, resolve } = Promise.withResolvers<void>()
    let left = messages
    const server = new Server()
    const coding = {
      requestSerialize: encode,
      requestDeserialize: decode,
      responseSerialize: encode,
      responseDeserialize: decode,
    }
    server.addService(
      { echo: { path, requestStream: false, responseStream: false, ...coding } },
      {
        echo(call: ServerUnaryCall<unknown, unknown>, answer: sendUnaryData<unknown>) {
          answer(null, call.request)
          if (--left === 0) setImmediate(resolve)
        },
      },
    )
    const port = await new Promise<number>((bound, failed) =>
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, at) =>
        error === null ? bound(at) : failed(error),
      ),
    )
    return { endpoint: `tcp://127.0.0.1:${port}`, run: () => promise }
  },
  async send(work) {
    const client = new Client(work.endpoint.slice('tcp://'.length), credentials.createInsecure())
    const values = ring(shapeOf(work.shape))
    const ask = (value: unknown): Promise<unknown> =>
      new Promise((resolve, reject) =>
        client.makeUnaryRequest(path, encode, decode, value, (error, reply) =>
          error === null ? resolve(reply) : reject(error),
        ),
      )
    return () => asking(work, values, ask)
  },
}
