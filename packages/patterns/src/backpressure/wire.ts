/** Backpressure on the wire, between DEALER and ROUTER: packets to frames and back. */
import {
  argsOf,
  commandFrame,
  commandOf,
  decodeHeaders,
  Encoder,
  payloadOf,
  ProtocolError,
  ReceivedBatch,
} from '@sluice/core/parts'
import type { Batch, Frames, PayloadReader, Range, Rejection, Wire } from '@sluice/core'
import { compactAck, compactData, CompactReader } from './compact.ts'
import { epochBytes, redeliveredFlag } from './packets.ts'
import type { AckPacket, DataPacket, Epoch, Packet, Position } from './packets.ts'

const commands = {
  hello: commandFrame('HELLO'),
  welcome: commandFrame('WELCOME'),
  data: commandFrame('DATA'),
  ack: commandFrame('ACK'),
  blocked: commandFrame('BLOCKED'),
  end: commandFrame('END'),
  bye: commandFrame('BYE'),
} as const

/** Makes a wire: each has an encoder of its own, whose memory its frames share. */
export function backpressureWire(): Wire<Packet> {
  const encoder = new Encoder()
  const args = (value: unknown): Uint8Array => {
    encoder.append(value)
    return encoder.take()
  }
  const compact = new CompactReader()
  return {
    encode(packet) {
      const frame = compactOf(packet)
      if (frame !== undefined) return [frame]
      const command = commands[packet.type]
      if (packet.type !== 'data') return [command, args(argsFor(packet))]
      const { epoch, first, redelivered, batch, headers } = packet
      const frames = [command, args([epoch, first, redelivered ? redeliveredFlag : 0]), payloadOf(batch)]
      if (headers !== undefined) frames.push(payloadOf(headers))
      return frames
    },
    decode: (frames, payloads) => {
      const [first] = frames
      if (frames.length === 1 && first !== undefined) return compact.read(first, payloads)
      return decode(frames, payloads)
    },
  }
}

function compactOf(packet: Packet): Uint8Array | undefined {
  if (packet.type === 'data') return packet.compact ? compactData(packet) : undefined
  return packet.type === 'ack' && packet.compact ? compactAck(packet) : undefined
}

function argsFor(packet: Exclude<Packet, DataPacket>): unknown {
  switch (packet.type) {
    case 'hello':
    case 'welcome':
      return positionArgs(packet.position)
    case 'ack':
      return ackArgs(packet)
    case 'blocked':
      return packet.last ? [packet.epoch, packet.next, true] : [packet.epoch, packet.next]
    case 'end':
      return [packet.epoch, packet.next]
    case 'bye':
      return [packet.epoch ?? null, packet.code, packet.message]
  }
}

function positionArgs(position: Position): Record<string, unknown> {
  const { version, role, id, codec, epoch, next, acked, highWaterMark, highWaterMarkBytes, compact } =
    position
  const all = {
    v: version,
    role,
    id,
    codec,
    epoch,
    next,
    acked,
    hwm: highWaterMark,
    hwmBytes: highWaterMarkBytes,
    compact,
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

function ackArgs({ epoch, highWaterMark, ranges, rejected, ended, serial }: AckPacket): unknown[] {
  const refused = rejected.map(({ first, last, code, message }) => [first, last, code, message])
  const args = [epoch, highWaterMark, ranges, refused, ended]
  return serial === undefined ? args : [...args, serial]
}

function decode(frames: Frames, payloads: PayloadReader): Packet {
  // What is said all the time is told by its octets.
  if (names(frames[0], commands.data)) return data(frames, payloads)
  const command = names(frames[0], commands.ack) ? 'ACK' : commandOf(frames[0])
  if (frames.length !== 2) throw malformed(`${command} of ${frames.length} frames`)
  const args = argsOf(frames[1])
  switch (command) {
    case 'HELLO':
      return { type: 'hello', position: positionOf(args) }
    case 'WELCOME':
      return { type: 'welcome', position: positionOf(args) }
    case 'ACK':
      return ack(list(args, 5, command))
    case 'BLOCKED': {
      const [epoch, next, last] = list(args, 2, command)
      return { type: 'blocked', epoch: epochOf(epoch), next: sequence(next, 'next'), last: last === true }
    }
    case 'END': {
      const [epoch, next] = list(args, 2, command)
      return { type: 'end', epoch: epochOf(epoch), next: sequence(next, 'next') }
    }
    case 'BYE': {
      const [epoch, code, message] = list(args, 3, command)
      const whose = epoch === null ? undefined : epochOf(epoch)
      return { type: 'bye', epoch: whose, code: text(code, 'code'), message: text(message, 'message') }
    }
    default:
      throw malformed(`the command ${command}`)
  }
}

function names(frame: Uint8Array | undefined, command: Uint8Array): boolean {
  if (frame?.length !== command.length) return false
  for (let at = 0; at < command.length; at++) if (frame[at] !== command[at]) return false
  return true
}

function data(frames: Frames, payloads: PayloadReader): DataPacket {
  const [, args, payload, headers] = frames
  if (payload === undefined || frames.length > 4) throw malformed(`DATA of ${frames.length} frames`)
  const [epoch, first, flags] = list(argsOf(args), 3, 'DATA')
  const batch = payloads.read(payload)
  return {
    type: 'data',
    epoch: epochOf(epoch),
    first: sequence(first, 'first'),
    redelivered: (sequence(flags, 'flags') & redeliveredFlag) !== 0,
    batch,
    headers: headers === undefined ? undefined : headersBatch(headers, batch.count),
    compact: false,
  }
}

function headersBatch(frame: Uint8Array, count: number): Batch {
  return new ReceivedBatch(decodeHeaders(frame, count), frame.length)
}

function ack(args: readonly unknown[]): AckPacket {
  const [epoch, highWaterMark, ranges, rejected, ended, serial] = args
  if (typeof ended !== 'boolean') throw malformed('ended that is not a boolean')
  return {
    type: 'ack',
    epoch: epochOf(epoch),
    highWaterMark: sequence(highWaterMark, 'hwm'),
    ranges: list(ranges, 0, 'ranges').map((range) => rangeOf(list(range, 2, 'a range'))),
    rejected: list(rejected, 0, 'rejected').map((one) => rejectionOf(list(one, 4, 'a rejected range'))),
    ended,
    serial: serial === undefined ? undefined : sequence(serial, 'serial'),
    compact: false,
  }
}

function rangeOf([first, last]: readonly unknown[]): Range {
  const range: Range = [sequence(first, 'first'), sequence(last, 'last')]
  if (range[0] > range[1]) throw malformed('a range that ends before it begins')
  return range
}

function rejectionOf(args: readonly unknown[]): Rejection {
  const [first, last] = rangeOf(args)
  return { first, last, code: text(args[2], 'code'), message: text(args[3], 'message') }
}

function positionOf(args: unknown): Position {
  if (typeof args !== 'object' || args === null || Array.isArray(args))
    throw malformed('a position that is not a map')
  const { v, role, id, codec, epoch, next, acked, hwm, hwmBytes, compact } = args as Record<string, unknown>
  return {
    version: sequence(v, 'v'),
    role: text(role, 'role'),
    id: text(id, 'id'),
    codec: text(codec, 'codec'),
    epoch: epoch === undefined ? undefined : epochOf(epoch),
    next: optional(next, 'next'),
    acked: optional(acked, 'acked'),
    highWaterMark: optional(hwm, 'hwm'),
    highWaterMarkBytes: optional(hwmBytes, 'hwmBytes'),
    compact: compact === true,
  }
}

function list(value: unknown, least: number, what: string): readonly unknown[] {
  if (!Array.isArray(value) || value.length < least)
    throw malformed(`${what} that is not an array of ${least} or more`)
  return value
}

function epochOf(value: unknown): Epoch {
  if (!(value instanceof Uint8Array) || value.length !== epochBytes)
    throw malformed('an epoch that is not 8 octets')
  return value
}

function sequence(value: unknown, what: string): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value
  throw malformed(`${what} that is not a whole number from 0 to 2^53 − 1`)
}

function optional(value: unknown, what: string): number | undefined {
  return value === undefined ? undefined : sequence(value, what)
}

function text(value: unknown, what: string): string {
  if (typeof value === 'string') return value
  throw malformed(`${what} that is not a text`)
}

function malformed(what: string): ProtocolError {
  return new ProtocolError('BP-19', what)
}
