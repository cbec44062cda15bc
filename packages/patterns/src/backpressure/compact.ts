/** DATA and ACK in one frame each: a message that travels alone costs by its frames. */
import { compactPayloadBytes, payloadOf, ProtocolError, putInt64, uint32 } from '@sluice/core/parts'
import type { PayloadReader, Range } from '@sluice/core'
import { epochBytes, redeliveredFlag } from './packets.ts'
import type { AckPacket, DataPacket, Epoch } from './packets.ts'

/** The first octet: what the frame is. */
const dataOctet = 0x44
const ackOctet = 0x41

/** The bit of an ACK that says that everything before END is settled. */
const endedFlag = 1

/** Octets of a number, of DATA ahead of its payload, and of ACK ahead of its ranges. */
const numberBytes = 8
const dataHead = 2 + epochBytes + numberBytes
const ackHead = 2 + epochBytes + 2 * numberBytes
const rangeBytes = 2 * numberBytes

/** More have a frame of their own, so that no frame of this form is too large. */
const mostRanges = 256

/** Upper halves below this make numbers that are exact. */
const exactUpper = 2 ** 21

/** DATA in one frame, unless it has headers or a large payload. */
export function compactData({
  epoch,
  first,
  redelivered,
  batch,
  headers,
}: DataPacket): Uint8Array | undefined {
  if (headers !== undefined || batch.bytes > compactPayloadBytes) return undefined
  const payload = payloadOf(batch)
  const frame = Buffer.allocUnsafe(dataHead + payload.length)
  frame[0] = dataOctet
  frame[1] = redelivered ? redeliveredFlag : 0
  frame.set(epoch, 2)
  putInt64(frame, 2 + epochBytes, first)
  frame.set(payload, dataHead)
  return frame
}

/** ACK in one frame, unless something was rejected, or it has no serial or very many ranges. */
export function compactAck(packet: AckPacket): Uint8Array | undefined {
  const { epoch, highWaterMark, ranges, rejected, ended, serial } = packet
  if (rejected.length > 0 || ranges.length > mostRanges || serial === undefined) return undefined
  const frame = Buffer.allocUnsafe(ackHead + ranges.length * rangeBytes)
  frame[0] = ackOctet
  frame[1] = ended ? endedFlag : 0
  frame.set(epoch, 2)
  putInt64(frame, 2 + epochBytes, serial)
  putInt64(frame, 2 + epochBytes + numberBytes, highWaterMark)
  let at = ackHead
  for (const [first, last] of ranges) {
    putInt64(frame, at, first)
    putInt64(frame, at + numberBytes, last)
    at += rangeBytes
  }
  return frame
}

/** Reads frames of this form; of the epochs it keeps the last, which is that of the next frame too. */
export class CompactReader {
  #epoch: Epoch = new Uint8Array(0)

  /** Throws `ProtocolError` (BP-23) for a head that cannot be, `DecodeError` for what is wrong with the payload. */
  read(frame: Uint8Array, payloads: PayloadReader): DataPacket | AckPacket {
    if (frame[0] === dataOctet) return this.#data(frame, payloads)
    if (frame[0] === ackOctet) return this.#ack(frame)
    throw malformed(frame.length === 0 ? 'an empty frame' : 'a single frame that is neither DATA nor ACK')
  }

  #data(frame: Uint8Array, payloads: PayloadReader): DataPacket {
    if (frame.length < dataHead) throw malformed(`DATA of ${frame.length} octets`)
    return {
      type: 'data',
      epoch: this.#epochOf(frame),
      first: get(frame, 2 + epochBytes),
      redelivered: flagIn(frame, redeliveredFlag),
      batch: payloads.read(frame, dataHead),
      headers: undefined,
      compact: true,
    }
  }

  #ack(frame: Uint8Array): AckPacket {
    if (frame.length < ackHead || (frame.length - ackHead) % rangeBytes !== 0)
      throw malformed(`an ACK of ${frame.length} octets`)
    const ranges: Range[] = []
    for (let at = ackHead; at < frame.length; at += rangeBytes) {
      const range: Range = [get(frame, at), get(frame, at + numberBytes)]
      if (range[0] > range[1]) throw malformed('a range that ends before it begins')
      ranges.push(range)
    }
    return {
      type: 'ack',
      epoch: this.#epochOf(frame),
      highWaterMark: get(frame, 2 + epochBytes + numberBytes),
      ranges,
      rejected: [],
      ended: flagIn(frame, endedFlag),
      serial: get(frame, 2 + epochBytes),
      compact: true,
    }
  }

  #epochOf(frame: Uint8Array): Epoch {
    const known = this.#epoch
    let at = 0
    while (at < known.length && known[at] === frame[2 + at]) at++
    if (at !== epochBytes) this.#epoch = new Uint8Array(frame.subarray(2, 2 + epochBytes))
    return this.#epoch
  }
}

function flagIn(frame: Uint8Array, flag: number): boolean {
  return ((frame[1] ?? 0) & flag) !== 0
}

function get(frame: Uint8Array, at: number): number {
  const upper = uint32(frame, at)
  if (upper >= exactUpper) throw malformed('a number beyond 2^53 − 1')
  return upper * 2 ** 32 + uint32(frame, at + 4)
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('BP-23', what)
}
