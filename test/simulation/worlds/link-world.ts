/** A link between simulated machines, played as planned: its real senders and receivers, with load and faults. */
import { defaultLimits } from '@sluice/core'
import type { Delivery, LinkReceiver, LinkSender, Pattern, Site } from '@sluice/core'
import { backpressure, fireAndForget, requestReply } from '@sluice/patterns'
import { Chance, Simulation, StuckError } from '@sluice/testing'
import type { Machine } from '@sluice/testing'
import type { LinkPlan } from './plan.ts'

interface Dish {
  readonly id: string
  readonly key: string
  readonly body: string
}

/** Virtual time in which everything has to be over, in milliseconds. */
const mostMs = 400_000

/** Plays a plan to its end; what went wrong is in the log. */
export async function playLink(plan: LinkPlan): Promise<Simulation> {
  const world = new LinkWorld(plan)
  await world.play()
  return world.simulation
}

class LinkWorld {
  readonly simulation: Simulation
  readonly #plan: LinkPlan
  readonly #pattern: Pattern
  readonly #chance: Chance
  readonly #receivers = new Map<string, { readonly machine: Machine; readonly receiver: LinkReceiver }>()
  /** Receivers that were started again, as many as were killed. */
  readonly #lives: Promise<unknown>[] = []
  /** Receivers that drain, and what tells of their death. */
  readonly #leaving = new Map<string, PromiseWithResolvers<boolean>>()
  #sendersGone = false

  constructor(plan: LinkPlan) {
    const { seed, lateShare, lossShare, delayMs } = plan
    this.#plan = plan
    this.#chance = new Chance(seed + 1)
    this.simulation = new Simulation({
      seed,
      lateShare,
      lossShare,
      delayMs: [delayMs / 10, delayMs],
      identify: (value) => (value as Dish).id,
      patienceMs: 0,
    })
    this.#pattern = this.simulation.watch(patternOf(plan), 'link')
    this.simulation.onKilled = (name) => this.#restart(name)
  }

  async play(): Promise<void> {
    const { simulation } = this
    const { senders, receivers, faults, pauses, leaves, healMs } = this.#plan
    for (let at = 0; at < receivers; at++) this.#receive(at)
    const sending = Array.from({ length: senders }, (_, at) => this.#send(at))
    simulation.play(faults)
    for (const { atMs, receiver, forMs } of pauses) this.#pause(`receiver/${receiver}`, atMs, forMs)
    for (const { atMs, receiver } of leaves) {
      simulation.clock.after(atMs, () => void this.#lives.push(this.#leave(`receiver/${receiver}`)))
    }
    simulation.clock.after(healMs, () => simulation.heal())
    const over = Promise.all(sending.map((one, at) => simulation.await(`sender ${at}`, one)))
      .then(() => simulation.sleep(Math.max(0, healMs + 5_000 - simulation.now)))
      .then(() => this.#end())
    over.catch(() => {})
    try {
      await simulation.until(over, mostMs)
      // What was said at the end is still on its way.
      await simulation.pass(5_000)
    } catch (error) {
      if (!(error instanceof StuckError)) throw error
    }
  }

  /** Sends everything, then drains; or closes in the middle of it. */
  async #send(at: number): Promise<void> {
    const { closesMs } = this.#plan
    const machine = this.simulation.machine(`sender/${at}`)
    const sender = this.#pattern.sender(this.#site(machine, 'senders', 20_100 + at))
    const offering = this.#offer(at, machine, sender)
    if (closesMs === 0 || at > 0) {
      await offering
      return sender.drain()
    }
    // What it still had to offer is turned away.
    offering.catch(() => {})
    await new Promise<void>((resolve) => machine.clock.after(closesMs, resolve))
    await sender.close()
  }

  async #offer(at: number, machine: Machine, sender: LinkSender): Promise<void> {
    const { messages, pauseMs, waits, headers } = this.#plan
    const waiting: Promise<void>[] = []
    for (let n = 0; n < messages; n++) {
      const pause = this.#chance.often(0.5) ? this.#chance.next() * pauseMs : 0
      if (pause > 0) await new Promise<void>((resolve) => machine.clock.after(pause, resolve))
      const taken = sender.offer(this.#dish(at, n), headers && n % 2 === 0 ? { n } : undefined, undefined)
      if (taken === true) continue
      waiting.push(taken)
      taken.catch(() => {})
      if (waits) await taken
    }
    await Promise.all(waiting)
  }

  #dish(sender: number, n: number): Dish {
    const { keys, payloadBytes } = this.#plan
    return {
      id: `${sender}-${n}`,
      key: `k${this.#chance.between(1, Math.max(1, keys))}`,
      body: '.'.repeat(payloadBytes),
    }
  }

  #receive(at: number): void {
    const machine = this.simulation.machine(`receiver/${at}`)
    const receiver = this.#pattern.receiver(this.#site(machine, 'receivers', 20_200 + at))
    this.#receivers.set(machine.name, { machine, receiver })
    receiver.start((delivery) => this.#handle(machine, delivery))
    if (this.#sendersGone) receiver.noMoreSenders()
  }

  #handle(machine: Machine, delivery: Delivery): void {
    const { handlerMs, failShare } = this.#plan
    for (const [index, value] of delivery.values.entries()) {
      const ms = this.#chance.often(0.3) ? 0 : this.#chance.next() * handlerMs
      const settle = (): void => {
        if (this.#chance.often(failShare)) delivery.settle(index, 'failed', new Error('broken'))
        else delivery.settle(index, 'delivered', undefined, value)
      }
      if (ms === 0) settle()
      else machine.clock.after(ms, settle)
    }
  }

  /** A receiver drains and goes, and another takes its place; or it is killed before it is through. */
  async #leave(name: string): Promise<void> {
    const { receiver, machine } = this.#receivers.get(name) ?? {}
    if (receiver === undefined || machine?.state !== 'running') return
    this.#receivers.delete(name)
    const death = Promise.withResolvers<boolean>()
    this.#leaving.set(name, death)
    const drained = receiver.drain().then(() => true)
    const left = await this.simulation.await(`${name} left`, Promise.race([drained, death.promise]))
    this.#leaving.delete(name)
    if (left) this.#receive(Number(name.split('/')[1]))
  }

  #restart(name: string): void {
    this.#leaving.get(name)?.resolve(false)
    this.#receivers.delete(name)
    const restarted = this.simulation
      .sleep(this.#plan.restartMs)
      .then(() => this.#receive(Number(name.split('/')[1])))
    this.#lives.push(restarted)
  }

  #pause(name: string, atMs: number, forMs: number): void {
    this.simulation.clock.after(atMs, () => {
      const { receiver, machine } = this.#receivers.get(name) ?? {}
      if (receiver === undefined || machine?.state !== 'running') return
      receiver.pause()
      this.simulation.clock.after(forMs, () => {
        if (machine.state !== 'killed') machine.whenAwake(() => receiver.resume())
      })
    })
  }

  /** Every sender has drained: its receivers are told so, as a runner tells them, and end. */
  async #end(): Promise<void> {
    this.#sendersGone = true
    await Promise.all(this.#lives)
    const ends = [...this.#receivers].map(async ([name, { receiver }]) => {
      receiver.noMoreSenders()
      await this.simulation.await(`${name} ended`, receiver.ended)
      await this.simulation.await(`${name} drained`, receiver.drain())
    })
    await Promise.all(ends)
  }

  #site(machine: Machine, side: LinkPlan['binds'], port: number): Site {
    const { binds, senders, receivers, concurrency } = this.#plan
    const [others, first] = side === 'senders' ? [receivers, 20_200] : [senders, 20_100]
    const own = `tcp://127.0.0.1:${port}`
    const theirs = Array.from({ length: others }, (_, at) => `tcp://127.0.0.1:${first + at}`)
    const { ports, clock, random } = machine
    return {
      ports,
      clock,
      random,
      bind: binds === side ? [own] : [],
      connect: binds === side ? [] : theirs,
      identity: machine.name,
      senders: side === 'receivers' ? senders : undefined,
      trusted: false,
      concurrency,
      limits: defaultLimits,
    }
  }
}

function patternOf({ pattern, options, keys }: LinkPlan): Pattern {
  if (pattern === 'request-reply') return requestReply(options)
  if (pattern === 'fire-and-forget') return fireAndForget(options)
  return backpressure<Dish>({ ...options, key: keys > 0 ? ({ key }) => key : undefined })
}
