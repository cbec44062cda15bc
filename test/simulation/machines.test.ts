/** What simulated machines and their network do, as a user of them may rely on it. */
import { pipeline } from '@sluice/core'
import { backpressure, Consumer, Producer } from '@sluice/patterns'
import { shrink, Simulation, StuckError } from '@sluice/testing'
import { describe, expect, it } from 'vitest'

const endpoint = 'tcp://127.0.0.1:1'

/** A producer and a consumer that are connected; the consumer finishes nothing. */
async function linked() {
  const simulation = new Simulation()
  const [from, to] = [simulation.machine('from'), simulation.machine('to')]
  const consumer = new Consumer<number>({ bind: endpoint, context: to.ports, clock: to.clock })
  const producer = new Producer<number>({ connect: endpoint, context: from.ports, clock: from.clock })
  consumer.start(() => {})
  await simulation.until(producer.ready())
  const disconnects = (): number => simulation.events.filter(({ what }) => what === 'disconnected').length
  return { simulation, producer, disconnects }
}

describe('a machine', () => {
  it('that is frozen is taken for dead after three seconds, and is connected to again when it goes on', async () => {
    const { simulation, producer, disconnects } = await linked()
    simulation.inflict({ atMs: 0, freeze: 'to', forMs: 10_000 })
    await simulation.pass(2_900)
    expect(disconnects()).toBe(0)
    await simulation.pass(200)
    expect(disconnects()).toBe(1)
    expect(producer.stats().peers).toBe(0)
    await simulation.pass(8_000)
    expect(producer.stats().peers).toBe(1)
  })

  it('that computes for long is not taken for dead', async () => {
    const { simulation, producer, disconnects } = await linked()
    simulation.inflict({ atMs: 0, busy: 'to', forMs: 10_000 })
    await simulation.pass(11_000)
    expect(disconnects()).toBe(0)
    expect(producer.stats().peers).toBe(1)
  })

  it('that is killed is missed at once, and says nothing more', async () => {
    const { simulation, producer } = await linked()
    simulation.inflict({ atMs: 0, kill: 'to' })
    const since = simulation.events.length
    await simulation.pass(5_000)
    expect(producer.stats().peers).toBe(0)
    expect(simulation.events.slice(since).filter(({ machine }) => machine === 'to')).toEqual([])
  })
})

describe('a partition', () => {
  it('that is short holds packets up and loses none', async () => {
    const { simulation, producer, disconnects } = await linked()
    simulation.inflict({ atMs: 0, partition: ['from', 'to'], forMs: 1_000 })
    await simulation.until(producer.send(1))
    const came = (): number =>
      simulation.events.filter((event) => event.what === 'came' && event.packet.type === 'data').length
    await simulation.pass(900)
    expect(came()).toBe(0)
    await simulation.pass(200)
    expect(came()).toBe(1)
    expect(disconnects()).toBe(0)
  })

  it('of one way ends the connection on both sides', async () => {
    const { simulation, disconnects } = await linked()
    simulation.inflict({ atMs: 0, partition: ['from', 'to'], oneWay: true, forMs: 4_000 })
    await simulation.pass(3_900)
    expect(disconnects()).toBe(2)
  })
})

describe('a simulation', () => {
  it('says what happened last when a run can never end', async () => {
    const simulation = new Simulation({ patienceMs: 0 })
    const stuck = pipeline('stuck')
      .source('from', () => [1])
      .link(backpressure())
      .sink('to', () => new Promise<void>(() => {}))
    const running = simulation.run(stuck, { withinMs: 60_000 })
    await expect(running).rejects.toThrow(StuckError)
    await expect(running).rejects.toThrow(/the last events:[^]*ack/)
  })

  it('waits for a handler that waits for something real', async () => {
    const seen: number[] = []
    const real = pipeline('real')
      .source('from', () => [1, 2])
      .link(backpressure())
      .sink('to', async (n: number) => {
        await new Promise((resolve) => void setImmediate(() => setImmediate(resolve)))
        seen.push(n)
      })
    await new Simulation().run(real)
    expect(seen).toEqual([1, 2])
  })

  it('fails a run whose replica dies more often than its rules allow', async () => {
    const simulation = new Simulation()
    const mortal = pipeline('mortal')
      .source('from', () => [1])
      .link(backpressure())
      .sink('to', () => simulation.sleep(10_000))
    const faults = [100, 1_000, 2_000].map((atMs) => ({ atMs, kill: 'to/0' }))
    await expect(simulation.run(mortal, { faults, restarts: { max: 2 } })).rejects.toThrow('3 times within')
  })
})

it('shrinking keeps what a failure needs, in order, and nothing else', async () => {
  let asked = 0
  const few = await shrink(
    Array.from({ length: 64 }, (_, n) => n),
    async (parts) => {
      asked++
      return [3, 40, 41].every((part) => parts.includes(part))
    },
  )
  expect(few).toEqual([3, 40, 41])
  expect(asked).toBeLessThan(100)
})
