/** A sender that keeps a pace, whatever the receiver does. */
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises'
import { nowMicros } from './percentiles.ts'

/** Fewer messages a second than this are waited for by a timer, more by turning. */
const turning = 5_000

/** Hands `send` a message with the time at which it fell due, `pace` a second. */
export async function paced(
  messages: number,
  pace: number,
  send: (message: { n: number; at: number }) => void | Promise<void>,
): Promise<void> {
  const from = nowMicros()
  for (let n = 0; n < messages;) {
    const now = nowMicros()
    const due = Math.min(messages, Math.floor(((now - from) * pace) / 1_000_000) + 1)
    for (; n < due; n++) await send({ n, at: now })
    await (pace < turning ? pause(1) : nextTurn())
  }
}
