/** BP-22 and BP-23: what the compact form of DATA and ACK is used for, octet by octet. */
import { encode, PackedBatchBuilder, PayloadReader, ProtocolError } from '@sluice/core'
import { Consumer, Producer, Replier, Requester } from '@sluice/patterns'
import { describe, expect, it } from 'vitest'
import type { AckPacket, DataPacket } from '../../packages/patterns/src/backpressure/packets.ts'
import { backpressureWire } from '../../packages/patterns/src/backpressure/wire.ts'
import { anyPort } from '../support/bare.ts'
import { hostileVectors, octetsOf } from '../support/vectors.ts'

const epoch = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 8])

function batchOf(...values: readonly unknown[]) {
  const builder = new PackedBatchBuilder()
  for (const value of values) builder.append(value)
  return builder.take()
}

function data(given: Partial<DataPacket> = {}): DataPacket {
  const first = 2 ** 53 - 1
  const usual = { type: 'data', epoch, first, redelivered: true, headers: undefined, compact: true } as const
  return { ...usual, batch: batchOf('a', { b: 1 }), ...given }
}

function ack(given: Partial<AckPacket> = {}): AckPacket {
  const ranges = [
    [0, 2 ** 40],
    [2 ** 41, 2 ** 41],
  ] as const
  const usual = { type: 'ack', epoch, highWaterMark: 64, ended: true, rejected: [], compact: true } as const
  return { ...usual, ranges, serial: 2 ** 33, ...given }
}

const through = (packet: DataPacket | AckPacket): unknown => {
  const wire = backpressureWire()
  return wire.decode(wire.encode(packet), new PayloadReader(false))
}

describe('the compact form', () => {
  it('BP-22 says all that DATA says', () => {
    const { batch, ...rest } = through(data()) as DataPacket
    expect(rest).toEqual({ ...data(), batch: undefined, ...rest })
    expect(rest).toMatchObject({ first: 2 ** 53 - 1, redelivered: true, headers: undefined })
    expect(batch.values()).toEqual(['a', { b: 1 }])
    expect(backpressureWire().encode(data())).toHaveLength(1)
  })

  it('BP-22 says all that an ACK without rejections says', () => {
    expect(through(ack())).toEqual(ack())
    expect(through(ack({ ranges: [], ended: false }))).toEqual(ack({ ranges: [], ended: false }))
    expect(backpressureWire().encode(ack())).toHaveLength(1)
  })

  it('BP-22 is not used for what has no place in it, nor for a side that did not ask for it', () => {
    const wire = backpressureWire()
    const rejected = [{ first: 0, last: 0, code: 'dead-lettered', message: '' }]
    expect(wire.encode(data({ headers: batchOf(null, { id: 'x' }) }))).toHaveLength(4)
    expect(wire.encode(data({ batch: batchOf('x'.repeat(5_000)) }))).toHaveLength(3)
    expect(wire.encode(data({ compact: false }))).toHaveLength(3)
    expect(wire.encode(ack({ rejected }))).toHaveLength(2)
    expect(wire.encode(ack({ serial: undefined }))).toHaveLength(2)
    expect(wire.encode(ack({ compact: false }))).toHaveLength(2)
  })

  it('BP-22 is not used for an ACK of very many ranges', () => {
    const ranges = Array.from({ length: 257 }, (_, n) => [2 * n, 2 * n] as const)
    expect(backpressureWire().encode(ack({ ranges: ranges.slice(1) }))).toHaveLength(1)
    expect(backpressureWire().encode(ack({ ranges }))).toHaveLength(2)
  })

  it('BP-22 RR-14 is not asked for by a side that takes smaller messages only', async () => {
    const limits = { maxMessageBytes: 2_000 }
    await using consumer = new Consumer<string>({ bind: anyPort, limits })
    await using producer = new Producer<string>({ connect: (await consumer.endpoints())[0]!, limits })
    await using replier = new Replier<string, string>({ bind: anyPort, limits }, (message) => message)
    await using requester = new Requester<string, string>({
      connect: (await replier.endpoints())[0]!,
      limits,
    })
    // As large as a message may be: with a head in its frame it would be too large.
    const largest = 'x'.repeat(1_997)
    const received = consumer.messages()
    for (let n = 0; n < 3; n++) {
      void producer.send(largest)
      expect((await received.next()).value).toBe(largest)
      expect(await requester.request(largest)).toBe(largest)
    }
    expect([consumer.stats().refused, replier.stats().refused]).toEqual([0, 0])
  })

  it('BP-22 keeps sessions apart whose frames alternate', () => {
    const wire = backpressureWire()
    const other = new Uint8Array([1, 2, 3, 4, 5, 6, 7, 9])
    const frames = [epoch, other, epoch].map((one) => wire.encode(ack({ epoch: one })))
    const epochs = frames.map((each) => (wire.decode(each, new PayloadReader(false)) as AckPacket).epoch)
    expect(epochs).toEqual([epoch, other, epoch])
  })

  it('BP-23 refuses what ends within a head or a range, or says a number that cannot be', () => {
    const refuse = (frame: Uint8Array): void => {
      const read = () => backpressureWire().decode([frame], new PayloadReader(false))
      expect(read).toThrow(ProtocolError)
      expect(read).toThrow(expect.objectContaining({ rule: 'BP-23' }))
    }
    const [dataFrame] = backpressureWire().encode(data()) as [Uint8Array]
    const [ackFrame] = backpressureWire().encode(ack()) as [Uint8Array]
    refuse(new Uint8Array(0))
    refuse(encode('D'))
    for (let length = 0; length < 18; length++) refuse(dataFrame.subarray(0, length))
    for (let length = 0; length < ackFrame.length; length++)
      if (length < 26 || (length - 26) % 16 !== 0) refuse(ackFrame.subarray(0, length))
    refuse(Buffer.concat([dataFrame.subarray(0, 10), Buffer.from('0020000000000000', 'hex'), encode(1)]))
    const [inverted] = backpressureWire().encode(ack({ ranges: [[5, 4]] })) as [Uint8Array]
    refuse(inverted)
  })

  it('BP-23 ENV-1 SEC-8 refuses every hostile payload in it that is refused in a frame of its own', () => {
    const [frame] = backpressureWire().encode(data()) as [Uint8Array]
    const outcome = (frames: readonly Uint8Array[]): unknown => {
      try {
        return (backpressureWire().decode(frames, new PayloadReader(false)) as DataPacket).batch.values()
          .length
      } catch (error) {
        return (error as ProtocolError).rule
      }
    }
    const [command, args] = backpressureWire().encode(data({ compact: false })) as [Uint8Array, Uint8Array]
    const refused = hostileVectors().filter((vector) => {
      const payload = octetsOf(vector)
      const whole = outcome([command, args, payload])
      const compact = outcome([Buffer.concat([frame.subarray(0, 18), payload])])
      expect([vector.id, compact]).toEqual([vector.id, whole])
      return typeof whole === 'string'
    })
    expect(refused.length).toBeGreaterThan(100)
  })
})
