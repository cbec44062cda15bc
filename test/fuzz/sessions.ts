/** What must hold of the sessions of backpressure, whatever a peer says and in whatever order. */
import { ok } from 'node:assert/strict'
import { DecodeError, PayloadReader, ProtocolError, ValueBatch } from '@sluice/core'
import type { Packet, Side } from '../../packages/patterns/src/backpressure/packets.ts'
import { ReceiverSession } from '../../packages/patterns/src/backpressure/receiver-session.ts'
import { SenderSession } from '../../packages/patterns/src/backpressure/sender-session.ts'
import type { SenderStep } from '../../packages/patterns/src/backpressure/session.ts'
import { backpressureWire } from '../../packages/patterns/src/backpressure/wire.ts'
import { writtenEpoch } from '../support/damage/damage.ts'
import type { Input } from './mutate.ts'

const sides: readonly Side[] = ['bound', 'connecting']
const mark = 4
const payloads = new PayloadReader(false)

/** Bytes of a peer as a packet, or the error that they are refused with. */
function heard(frames: readonly Buffer[]): Packet | DecodeError | ProtocolError {
  try {
    return backpressureWire().decode(frames, payloads)
  } catch (error) {
    if (error instanceof DecodeError || error instanceof ProtocolError) return error
    throw error
  }
}

/** Says the messages to a receiver's and to a sender's session, bound and connecting. */
export function checkSessions(input: Input): void {
  const packets = input.map(heard)
  for (const side of sides) {
    receive(side, packets)
    send(side, packets)
  }
}

function receive(side: Side, packets: readonly ReturnType<typeof heard>[]): void {
  const session = new ReceiverSession({
    side,
    identity: 'r',
    compact: true,
    highWaterMark: mark,
    highWaterMarkBytes: 1e6,
    concurrency: 1,
  })
  let now = 0
  let expected = 0
  session.open(now)
  for (const packet of packets) {
    now += 10
    const step = packet instanceof Error ? session.fail(packet, now) : session.receive(packet, now)
    const { reception } = session
    if (step.opened !== undefined) expected = step.opened.expected
    if (step.delivery !== undefined) {
      const { first, batch } = step.delivery
      ok(first === expected, 'a gap or an inversion')
      expected += batch.count
      ok(reception !== undefined && reception.held <= mark, 'more than the mark')
      // All but the last, so that something stays outstanding.
      if (batch.count > 1) reception.finish(first, first + batch.count - 2)
    }
    if (step.error !== undefined)
      ok(reception === undefined && step.delivery === undefined, 'a session outlives its end')
    if (reception === undefined) continue
    ok(reception.expected === expected && reception.held >= 0, 'what is expected is not what came')
    for (const [from, to] of reception.ack(now)?.ranges ?? [])
      ok(from <= to && to < expected, 'an ack of what never came')
    session.tick(now)
  }
}

function send(side: Side, packets: readonly ReturnType<typeof heard>[]): void {
  const session = new SenderSession({
    side,
    identity: 's',
    compact: true,
    highWaterMarkBytes: 1e6,
    newEpoch: () => writtenEpoch,
  })
  let now = 0
  let sent = 0
  let ended = 0
  session.open(now)
  for (const packet of packets) {
    now += 10
    const step = packet instanceof Error ? session.fail(packet, now) : session.receive(packet, now)
    ended += endedBy(step)
    ok(session.credit >= 0 && session.creditBytes >= 0 && session.inFlight >= 0, 'less than nothing')
    // Two at a time, so that acks cut slices.
    while (session.credit >= 2 && sent - ended < 1_000 && session.inFlight < mark * 2) {
      const batch = new ValueBatch([sent, sent + 1])
      session.send(
        { batch, headers: undefined, tickets: undefined, slots: undefined, order: sent, redelivered: false },
        now,
      )
      sent += 2
    }
    ok(
      session.inFlight === sent - ended,
      `${session.inFlight} in flight, where ${sent - ended} are neither settled nor back`,
    )
    for (const said of session.tick(now)) ok(said.type !== 'data', 'a tick sends messages')
  }
}

/** How many messages a step has settled or given back, each once. */
function endedBy({ settled, returned }: SenderStep): number {
  const back = returned.reduce((sum, { batch }) => sum + batch.count, 0)
  return settled.reduce((sum, { from, to }) => sum + (to - from), back)
}
