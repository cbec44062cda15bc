/** What the simulation has found, each as a script of its own. */
import { Puller, Pusher, Replier, Requester } from '@sluice/patterns'
import { Simulation } from '@sluice/testing'
import { expect, it } from 'vitest'
import { play, planOf } from './worlds/worlds.ts'

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

it('a replier that drains while it is paused turns away what waits, so that it is tried elsewhere', async () => {
  const simulation = new Simulation()
  const [asking, answering] = [simulation.machine('asking'), simulation.machine('answering')]
  const at = 'tcp://127.0.0.1:1'
  const replier = new Replier({ bind: at, context: answering.ports, clock: answering.clock })
  replier.start(() => {})
  replier.pause()
  const requester = new Requester({
    connect: at,
    context: asking.ports,
    clock: asking.clock,
    timeoutMs: 500,
    retries: 0,
  })
  const asked = requester.request('why?')
  asked.catch(() => {})
  await simulation.pass(200)
  expect(replier.stats().held).toBe(1)
  await simulation.until(replier.drain(), 5_000)
  expect(replier.stats()).toMatchObject({ held: 0, dropped: 1 })
  await expect(simulation.until(asked, 5_000)).rejects.toThrow()
  await requester.close()
})

it('a late request to a stage that has finished is turned away, and its run ends', async () => {
  const { violations } = await play(planOf(57_149))
  expect(violations).toEqual([])
})
