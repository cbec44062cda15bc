/** Sockets of a libzmq without its draft API: the end of a connection is known later, and known all the same. */
import { Context } from '@sluice/core'
import type { Port, Ports, PortSpec } from '@sluice/core'
import { expect, it } from 'vitest'
import { WirePort } from '../../packages/core/src/port/wire-port.ts'
import { DealerSocket } from '../../packages/core/src/zeromq/dealer-socket.ts'
import { RouterSocket } from '../../packages/core/src/zeromq/router-socket.ts'
import { Recorder } from '../support/port-recorder.ts'

const withoutMarks: Ports = {
  open<P>(spec: PortSpec<P>): Port<P> {
    return new WirePort(spec, (events) => {
      const [endpoint] = spec.connect
      return endpoint === undefined
        ? new RouterSocket({ ...spec, events }, false)
        : new DealerSocket({ ...spec, events }, endpoint, false)
    })
  },
}

it('a bound port suspects when it loses a connection, and learns whose at the next send', async () => {
  await using context = new Context()
  await using host = new Recorder(withoutMarks, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
  const endpoint = await host.endpoint()
  const guests = [1, 2].map(() => new Recorder(context, { shape: 'duplex', connect: endpoint }))
  for (const [at, guest] of guests.entries()) {
    guest.send(await guest.peer(), `from ${at}`)
    await host.until(() => host.texts().length === at + 1)
  }
  const [first, second] = host.peers()
  await guests[0]?.port.close(0)
  await host.until(() => host.count('suspect') === 1)
  for (const peer of host.peers()) host.send(peer, 'are you there?')
  await host.until(() => host.count('down') === 1)
  expect(host.peers()).toEqual([second])
  expect(first).not.toBe(second)
})

it('a port that connects is down when the connection is, and up with the next', async () => {
  await using context = new Context()
  const host = new Recorder(context, { shape: 'duplex', bind: 'tcp://127.0.0.1:*' })
  const endpoint = await host.endpoint()
  await using guest = new Recorder(withoutMarks, { shape: 'duplex', connect: endpoint })
  guest.send(await guest.peer(), 'one')
  await host.until(() => host.texts().length === 1)
  await host.port.close(0)
  await guest.until(() => guest.count('down') === 1)
  const next = new Recorder(context, { shape: 'duplex', bind: endpoint })
  guest.send(await guest.peer(), 'two')
  await next.until(() => next.texts().length === 1)
})
