/** A simulation: machines, a network and a clock that are nobody's but the test's. */
import { run } from '@sluice/core'
import type { Clock, LogLine, Pattern, Pipeline, RunOptions, RunReport } from '@sluice/core'
import { Chance } from './chance.ts'
import { formatEvent } from './event.ts'
import type { SimulationEvent, Untimed } from './event.ts'
import type { Fault } from './fault.ts'
import { Machine } from './machine.ts'
import { Network } from './network/network.ts'
import { SimulatedHost } from './simulated-host.ts'
import { Timeline } from './timeline.ts'
import { Tags } from './watch/tags.ts'
import type { Identify } from './watch/tags.ts'
import { watched, watchedGraph } from './watch/watched.ts'
import type { Watch } from './watch/seat.ts'

/** What a simulation can be told; all of it may be left out. */
export interface SimulationOptions {
  /** The same seed gives the same simulation, event by event. Default 1. */
  readonly seed?: number | undefined
  /** How long a packet is on its way, in milliseconds: at least and at most. Default 0.1 and 2. */
  readonly delayMs?: readonly [number, number] | undefined
  /** In what share of reconnects packets of the connection before come late, or once more. Default 0. */
  readonly lateShare?: number | undefined
  /** What share of packets is lost without its connection, until `heal()`. TCP loses none that way. Default 0. */
  readonly lossShare?: number | undefined
  /** Names a message by its value. Default: messages are numbered, and their names travel as a header. */
  readonly identify?: Identify | undefined
  /** Real milliseconds that a handler may take where nothing is left to happen in virtual time. Default 1 000. */
  readonly patienceMs?: number | undefined
}

/** What a simulated run can be told beside what every run can. */
export interface SimulatedRunOptions extends Omit<RunOptions, 'on' | 'clock' | 'context' | 'openHost'> {
  /** What goes wrong, and when. */
  readonly faults?: readonly Fault[] | undefined
  /** Virtual milliseconds after which the run counts as stuck. Default an hour. */
  readonly withinMs?: number | undefined
}

/** Nothing is left to happen, or too much time has passed, and something is still awaited. */
export class StuckError extends Error {
  override readonly name = 'StuckError'
}

const hourMs = 3_600_000

/** Time that only the test lets pass, machines that only the test stops, and a log of all that happens. */
export class Simulation {
  /** The time outside of all machines: for sources and handlers that wait. */
  readonly clock: Clock
  /** Lines of the log of stages and of the run. */
  readonly lines: LogLine[] = []
  readonly chance: Chance
  readonly #timeline = new Timeline()
  readonly #network: Network
  readonly #machines = new Map<string, Machine>()
  readonly #hosts = new Map<Machine, SimulatedHost>()
  readonly #events: SimulationEvent[] = []
  readonly #watch: Omit<Watch, 'link'>
  readonly #patienceMs: number
  #isOver = false
  /** Called when a machine was killed, after its host was told. */
  onKilled: ((name: string) => void) | undefined

  constructor(options: SimulationOptions = {}) {
    const {
      seed = 1,
      delayMs = [0.1, 2],
      lateShare = 0,
      lossShare = 0,
      identify,
      patienceMs = 1_000,
    } = options
    this.chance = new Chance(seed)
    this.#watch = {
      tags: new Tags(identify),
      log: this.log,
      machineOf: ({ ports }) => [...this.#machines.values()].find((machine) => machine.ports === ports),
    }
    this.#patienceMs = patienceMs
    const [leastMs, mostMs] = delayMs
    this.#network = new Network({
      timeline: this.#timeline,
      chance: this.chance.fork(),
      delay: { leastMs, mostMs },
      lateShare,
      lossShare,
      log: this.log,
    })
    this.clock = new Machine('outside', this.#network, this.#timeline, this.chance.fork()).clock
  }

  /** Everything that has happened, in order. */
  get events(): readonly SimulationEvent[] {
    return this.#events
  }

  /** Virtual milliseconds since the beginning. */
  get now(): number {
    return this.#timeline.now
  }

  /** Everything that has happened, one line an event. */
  trace(): string {
    return this.#events.map((event) => `${formatEvent(event)}\n`).join('')
  }

  /** Writes an event down. */
  readonly log = (event: Untimed): void => {
    if (!this.#isOver) this.#events.push({ at: this.#timeline.now, ...event })
  }

  /** The machine of a name: a new one where there is none, or where it was killed. */
  machine(name: string): Machine {
    const known = this.#machines.get(name)
    if (known !== undefined && known.state !== 'killed') return known
    const machine = new Machine(name, this.#network, this.#timeline, this.chance.fork())
    this.#machines.set(name, machine)
    this.log({ machine: name, what: 'began' })
    return machine
  }

  /** A pattern whose two sides are written down under a link's name. */
  watch(pattern: Pattern, link: string): Pattern {
    return watched(pattern, { link, ...this.#watch })
  }

  /** Writes down that somebody waits for a promise, and when it settles, however it does. */
  await<T>(name: string, promise: Promise<T>): Promise<T> {
    this.log({ machine: 'outside', what: 'awaited', promise: name })
    const settled = (): void => this.log({ machine: 'outside', what: 'settled', promise: name })
    promise.then(settled, settled)
    return promise
  }

  /** Resolves after so much virtual time: what sources and handlers wait with. */
  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.#timeline.after(ms, resolve))
  }

  /** Runs a pipeline as it is, every replica on a machine named as `stage/0`, and lets time pass until it has ended. */
  async run(pipeline: Pipeline, options: SimulatedRunOptions = {}): Promise<RunReport> {
    const { signal, withinMs = hourMs } = options
    const stuck = new AbortController()
    const signals = signal === undefined ? [stuck.signal] : [stuck.signal, signal]
    const running = this.start(pipeline, { ...options, signal: AbortSignal.any(signals) })
    try {
      return await this.until(running, withinMs)
    } catch (error) {
      // A run that is stuck must not hold the process open for ever; how it is put away is no part of the log.
      this.#isOver = true
      stuck.abort(error)
      await this.#timeline.settle()
      throw error
    }
  }

  /** Starts a pipeline and lets no time pass: `pass` and `until` do. */
  start(pipeline: Pipeline, options: SimulatedRunOptions = {}): Promise<RunReport> {
    const { faults = [], withinMs: _, ...others } = options
    this.play(faults)
    const graph = watchedGraph(pipeline.graph, this.#watch)
    const { name } = pipeline
    const text = (): string => pipeline.describe()
    const running = run(
      { name, graph, describe: text, toString: text },
      {
        environment: {},
        log: (line) => void this.lines.push(line),
        ...others,
        on: 'inline',
        clock: this.clock,
        openHost: (whole, spec, environment) => {
          const machine = this.machine(`${spec.group}/${spec.replica}`)
          const host = new SimulatedHost(whole, spec, environment, machine)
          this.#hosts.set(machine, host)
          return host
        },
      },
    )
    return this.await(`run of ${name}`, running)
  }

  /** Lets virtual time pass, and everything happen that is due in it. */
  async pass(ms: number): Promise<void> {
    const until = this.#timeline.now + ms
    await this.#timeline.settle()
    while (this.#timeline.next <= until) await this.#timeline.step()
    this.#timeline.skipTo(until)
  }

  /**
   * Lets time pass until a promise settles, and settles as it does.
   * Rejects with a `StuckError` when nothing is left to happen, or after `withinMs` of virtual time.
   */
  async until<T>(promise: Promise<T>, withinMs: number = hourMs): Promise<T> {
    const awaited = { settled: false }
    const settle = (): void => void (awaited.settled = true)
    promise.then(settle, settle)
    const limit = this.#timeline.now + withinMs
    await this.#timeline.settle()
    while (!awaited.settled) {
      if (this.#timeline.next > limit && !(await this.#waitForReal(awaited)))
        throw new StuckError(this.#stuck(limit))
      if (!awaited.settled) await this.#timeline.step()
    }
    return promise
  }

  /** Lets faults happen at their times. */
  play(faults: readonly Fault[]): void {
    for (const fault of faults)
      this.#timeline.after(fault.atMs - this.#timeline.now, () => this.inflict(fault))
  }

  /** Lets a fault happen now. */
  inflict(fault: Fault): void {
    if ('kill' in fault) this.#kill(fault.kill)
    else if ('cut' in fault) this.#network.cut(...fault.cut)
    else if ('partition' in fault) this.#partition(fault.partition, fault.oneWay === true, fault.forMs)
    else if ('clog' in fault) {
      this.#network.clog(fault.clog, true)
      this.#timeline.after(fault.forMs, () => this.#network.clog(fault.clog, false))
    } else if (fault.freeze !== undefined) this.#stop(fault.freeze, 'frozen', fault.forMs)
    else if (fault.busy !== undefined) this.#stop(fault.busy, 'busy', fault.forMs)
  }

  /** Takes everything out of the way: ways are open again, and machines that stand still go on. */
  heal(): void {
    this.#network.heal()
    for (const machine of this.#machines.values()) this.#resume(machine)
    this.log({ machine: 'outside', what: 'healed', peer: '*' })
  }

  #kill(name: string): void {
    const machine = this.#machines.get(name)
    if (machine === undefined || machine.state === 'killed') return
    machine.kill()
    this.log({ machine: name, what: 'killed' })
    this.#hosts.get(machine)?.die()
    this.#hosts.delete(machine)
    this.onKilled?.(name)
  }

  #stop(name: string, how: 'frozen' | 'busy', forMs: number): void {
    const machine = this.#machines.get(name)
    if (machine?.state !== 'running') return
    machine.stop(how)
    this.log({ machine: name, what: 'froze' })
    this.#timeline.after(forMs, () => this.#resume(machine))
  }

  #resume(machine: Machine): void {
    if (machine.state !== 'frozen' && machine.state !== 'busy') return
    this.log({ machine: machine.name, what: 'thawed' })
    machine.resume()
  }

  #partition([from, to]: readonly [string, string], oneWay: boolean, forMs: number): void {
    const block = (blocked: boolean): void => {
      this.#network.block(from, to, blocked)
      if (!oneWay) this.#network.block(to, from, blocked)
    }
    block(true)
    this.#timeline.after(forMs, () => block(false))
  }

  /** A handler may wait for something real; true when it has come. */
  async #waitForReal(awaited: { readonly settled: boolean }): Promise<boolean> {
    if (this.#timeline.next < Infinity) return false
    for (let waitedMs = 0; waitedMs < this.#patienceMs; waitedMs++) {
      await new Promise((resolve) => void setTimeout(resolve, 1))
      await this.#timeline.settle()
      if (awaited.settled || this.#timeline.next < Infinity) return true
    }
    return false
  }

  #stuck(limit: number): string {
    const why =
      this.#timeline.next === Infinity ? 'nothing is left to happen' : `it is later than ${limit} ms`
    return `${why}, and what was awaited has not come; the last events:\n${this.#events
      .slice(-20)
      .map((event) => formatEvent(event))
      .join('\n')}`
  }
}
