/** What the simulation has found, each as a script of its own. */
import { Puller, Pusher } from '@sluice/patterns'
import { Simulation } from '@sluice/testing'
import { expect, it } from 'vitest'

it('a pusher that drains ends when the last receiver that an end is owed to dies, while another lives', async () => {
  const simulation = new Simulation()
  const [near, far, from] = ['near', 'far', 'from'].map((name) => simulation.machine(name))
  if (near === undefined || far === undefined || from === undefined) throw new Error('there are three')
  const [left, right] = ['tcp://127.0.0.1:1', 'tcp://127.0.0.1:2']
  const reading = new Puller({ bind: left, context: near.ports, clock: near.clock })
  reading.start((delivery) => delivery.values.forEach((_, index) => delivery.settle(index, 'delivered')))
  // Never read from: it fills up.
  const full = new Puller({ bind: right, context: far.ports, clock: far.clock })
  const pusher = new Pusher({ connect: [left, right], context: from.ports, clock: from.clock })
  await simulation.pass(200)
  for (let n = 0; n < 40; n++) {
    await pusher.send(n)
    await simulation.pass(1)
  }
  const draining = pusher.drain()
  await simulation.pass(1_000)
  simulation.inflict({ atMs: 0, kill: 'far' })
  await simulation.until(draining, 10_000)
  const { accepted, delivered, dropped } = pusher.stats()
  expect(delivered + dropped).toBe(accepted)
  await Promise.all([reading.close(), full.close()])
})
