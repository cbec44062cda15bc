/** Who hangs up first, when both sides of a connection leave: libzmq 4.3.5 may abort the process else (see router-socket.ts). */
import { Context } from '@sluice/core'
import type { Port, Ports, PortSpec } from '@sluice/core'
import { expect, it } from 'vitest'
import { WirePort } from '../../packages/core/src/port/wire-port.ts'
import { RouterSocket } from '../../packages/core/src/zeromq/router-socket.ts'
import { aWhile } from '../support/by-hand.ts'
import { Recorder } from '../support/port-recorder.ts'

/** Waits for its peers as long as they stay. */
const patient: Ports = {
  open<P>(spec: PortSpec<P>): Port<P> {
    return new WirePort(spec, (events) => new RouterSocket({ ...spec, events }, undefined, 2 ** 30))
  },
}

/** A bound port, and one that has spoken to it. */
async function connected(context: Context, ports: Ports) {
  const host = new Recorder(ports, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
  const guest = new Recorder(context, { shape: 'duplex', connect: await host.endpoint() })
  guest.send(await guest.peer(), 'hello')
  await host.until(() => host.texts().length === 1)
  return { host, guest }
}

it('a bound port that closes with a linger hangs up after its peers, and tells nothing meanwhile', async () => {
  await using context = new Context()
  const { host, guest } = await connected(context, patient)
  const [peer] = host.peers()
  host.send(peer!, 'goodbye')
  let closed = false
  const closing = host.port.close(250).then(() => (closed = true))
  await guest.until(() => guest.texts().includes('goodbye'))
  guest.send(await guest.peer(), 'goodbye')
  await aWhile()
  expect(closed).toBe(false)
  await guest.port.close(250)
  await closing
  expect(host.texts()).toEqual(['hello'])
  expect(host.count('down')).toBe(0)
})

it('a bound port does not wait for peers that stay', async () => {
  await using context = new Context()
  const { host, guest } = await connected(context, context)
  await host.port.close(250)
  await guest.until(() => guest.count('down') === 1)
  await guest.port.close(0)
})
