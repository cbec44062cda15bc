/** When a receiver acks what waited, by a clock whose hands the test turns. */
import { Context, siteOf, ValueBatch, ValueBatchBuilder } from '@sluice/core'
import type { Peer, Port, Ports, PortSpec } from '@sluice/core'
import { expect, it } from 'vitest'
import { Inlets } from '../../packages/patterns/src/backpressure/inlets.ts'
import type { Packet } from '../../packages/patterns/src/backpressure/packets.ts'
import type { Reception } from '../../packages/patterns/src/backpressure/reception.ts'
import { HandClock } from '../support/hand-clock.ts'

const epoch = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)
const peer: Peer = { label: 'sender' }

function received() {
  const clock = new HandClock()
  const said: Packet[] = []
  let opened: PortSpec<Packet> | undefined
  const port: Port<Packet> = {
    builder: () => new ValueBatchBuilder(),
    send: (_, packet) => said.push(packet) > 0,
    drop: () => {},
    pause: () => {},
    resume: () => {},
    connections: () => 1,
    bound: () => Promise.resolve([]),
    close: () => Promise.resolve(),
  }
  const ports = { open: (spec) => ((opened = spec as unknown as PortSpec<Packet>), port) } as Ports
  const site = { ...siteOf({ context: new Context(), bind: 'memory://inlets' }), clock, ports }
  const finish = ({ first }: { readonly first: number }, reception: Reception): void => {
    reception.finish(first, first)
    inlets.owe(reception)
    inlets.ack()
  }
  const inlets = new Inlets(
    site,
    { highWaterMark: 1_000, highWaterMarkBytes: 1e6, concurrency: 1 },
    {
      delivery: finish,
      complete: () => {},
      opened: () => {},
      over: () => {},
      owes: () => void inlets.ack(),
      failed: () => {},
    },
  )
  const hear = (packet: Packet): void => opened!.events.packet(peer, packet)
  const data = (first: number): void =>
    hear({
      type: 'data',
      epoch,
      first,
      redelivered: false,
      batch: new ValueBatch([first]),
      headers: undefined,
      compact: true,
    })
  const acked = (): unknown[] => said.flatMap((packet) => (packet.type === 'ack' ? packet.ranges : []))
  inlets.pause(false)
  opened!.events.up(peer)
  const position = { version: 1, role: 'sender', id: 'sender', codec: 'msgpack', epoch, next: 0, acked: 0 }
  hear({ type: 'hello', position })
  return { clock, inlets, data, acked }
}

it('BP-9 acks what waited once nothing more was finished, however often something was before', async () => {
  const { clock, inlets, data, acked } = received()
  data(0)
  await clock.pass(5)
  data(1)
  await clock.pass(5)
  data(2)
  await clock.pass(7)
  expect(acked()).toEqual([])
  await clock.pass(1)
  expect(acked()).toEqual([[0, 2]])
  await inlets.close('closed', '', 0)
})

it('BP-9 has no timer due soon while messages keep coming, and acks the last of them', async () => {
  const { clock, inlets, data, acked } = received()
  for (let n = 0; n < 200; n++) {
    data(n)
    if (n > 41) expect(clock.nextIn).toBeGreaterThanOrEqual(19)
    await clock.pass(1)
  }
  expect(acked().length).toBe(9)
  await clock.pass(40)
  expect(acked().at(-1)).toEqual([189, 199])
  await inlets.close('closed', '', 0)
})
