/** Sessions without a network: the test carries the packets and tells the time. */
import { ValueBatch } from '@sluice/core'
import type {
  AckPacket,
  DataPacket,
  Packet,
  Position,
  Side,
} from '../../packages/patterns/src/backpressure/packets.ts'
import { ReceiverSession } from '../../packages/patterns/src/backpressure/receiver-session.ts'
import { SenderSession } from '../../packages/patterns/src/backpressure/sender-session.ts'
import type { Slice } from '../../packages/patterns/src/backpressure/slice.ts'

const epochs = (function* (): Generator<Uint8Array, never> {
  for (let n = 1; ; n++) yield Uint8Array.of(0, 0, 0, 0, 0, 0, n >> 8, n)
})()

export function senderSession(side: Side, highWaterMarkBytes = 1_000_000): SenderSession {
  return new SenderSession({
    side,
    identity: 'sender',
    compact: true,
    highWaterMarkBytes,
    newEpoch: () => epochs.next().value,
  })
}

export function receiverSession(
  side: Side,
  highWaterMark: number | 'auto' = 10,
  concurrency: number = 1,
): ReceiverSession {
  return new ReceiverSession({
    side,
    identity: 'receiver',
    compact: true,
    highWaterMark,
    highWaterMarkBytes: 1_000_000,
    concurrency,
  })
}

export function slice(...values: unknown[]): Slice {
  return {
    batch: new ValueBatch(values),
    headers: undefined,
    tickets: undefined,
    slots: undefined,
    order: 0,
    redelivered: false,
  }
}

/** A sender that connected and a receiver that is bound, in a live session. */
export function joined(
  highWaterMark: number | 'auto' = 10,
  now = 0,
  concurrency = 1,
): { sender: SenderSession; receiver: ReceiverSession } {
  const sender = senderSession('connecting')
  const receiver = receiverSession('bound', highWaterMark, concurrency)
  for (const hello of sender.open(now)) {
    for (const welcome of receiver.receive(hello, now).packets) sender.receive(welcome, now)
  }
  return { sender, receiver }
}

export function positionOf(packet: Packet | undefined): Position {
  if (packet?.type === 'hello' || packet?.type === 'welcome') return packet.position
  throw new Error(`no position in ${packet?.type}`)
}

export function ackOf(packet: Packet | undefined): AckPacket {
  if (packet?.type === 'ack') return packet
  throw new Error(`no ACK but ${packet?.type}`)
}

/** Sends values and lets them arrive. */
export function transfer(
  sender: SenderSession,
  receiver: ReceiverSession,
  values: unknown[],
  now = 0,
): DataPacket {
  const data = sender.send(slice(...values), now)
  receiver.receive(data, now)
  return data
}

export function types(packets: readonly Packet[]): string[] {
  return packets.map(({ type }) => type)
}
