/** DATA that a live connection has lost: no transport of ours does that, and the protocol survives it all the same. */
import { expect, it } from 'vitest'
import { joined, slice } from '../support/bp-sessions.ts'

it('a message that was lost behind BLOCKED is asked for, and sent again', () => {
  const { sender, receiver } = joined(1)
  receiver.receive(sender.send(slice('a'), 0), 0)
  const blocked = sender.block(0)
  if (blocked === undefined) throw new Error('there is no credit')
  receiver.receive(blocked, 0)
  receiver.reception?.finish(0, 0)
  const ack = receiver.reception?.ack(0)
  if (ack === undefined) throw new Error('it was finished')
  sender.receive(ack, 0)
  // This one never comes.
  sender.send(slice('b'), 0)

  const returned: unknown[] = []
  for (let now = 250; now < 10_000 && returned.length === 0; now += 250) {
    for (const packet of receiver.tick(now)) sender.receive(packet, now)
    for (const packet of sender.tick(now)) {
      for (const answer of receiver.receive(packet, now).packets) {
        for (const { batch } of sender.receive(answer, now).returned) returned.push(...batch.values())
      }
    }
  }
  expect(returned).toEqual(['b'])
})
