/** A stranger sends more than anybody reads and resets the connection, while the event loop stands still. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Fault, Finding, Size, Sizes } from '../fault.ts'
import { Peer } from '../harness/peer.ts'
import { greeting, ready, tiny } from '../harness/zmtp.ts'

const sizes: Sizes<{ readonly messages: number; readonly blockMs: number }> = {
  short: { messages: 200_000, blockMs: 1_500 },
  whole: { messages: 1_000_000, blockMs: 5_000 },
  long: { messages: 5_000_000, blockMs: 10_000 },
}

/** Several heartbeats pass between the reset and the end of the standstill. */
const limits = { heartbeatIntervalMs: 100, heartbeatTimeoutMs: 60_000 }

async function run(size: Size): Promise<Finding> {
  const { messages, blockMs } = sizes[size]
  using overrun = new Peer('overrun', {
    endpoint: 'tcp://127.0.0.1:*',
    binds: true,
    identity: 'overrun',
    limits,
    blockMs,
  })
  const port = Number((await overrun.bound()).split(':').at(-1))
  const stranger = connect(port, '127.0.0.1')
  stranger.on('error', () => undefined)
  stranger.resume()
  stranger.write(greeting())
  stranger.write(ready())
  await once(stranger, 'data')
  overrun.child.send('stand still')
  await sleep(100)
  await new Promise((resolve) => stranger.write(tiny(messages), resolve))
  // A reset throws away what the other side has not read yet.
  await sleep(blockMs / 3)
  stranger.resetAndDestroy()
  const how = await overrun.ends()
  const broken = how === 0 ? [] : [`the overrun process ended with ${how}`]
  return { figures: { messages, 'ended with': how, refused: Number(overrun.done?.['refused']) }, broken }
}

/** A flood that nobody reads. */
export const overrun: Fault = { name: 'overrun', title: 'overrun and reset while the event loop stands', run }
