/** A simulated machine: what a process is to its pipeline, with a clock and ports that can be stopped from outside. */
import { WirePort } from '@sluice/core'
import type { Clock, Port, Ports, PortSpec, Timer } from '@sluice/core'
import type { Chance } from './chance.ts'
import { FrameFigures } from './network/frame-figures.ts'
import type { Network } from './network/network.ts'
import { SimulatedSocket } from './network/simulated-socket.ts'
import type { Timeline } from './timeline.ts'

/** Whether a machine runs, stands still with its connections alive (`busy`) or not (`frozen`), or is no more. */
export type MachineState = 'running' | 'busy' | 'frozen' | 'killed'

/** Simulated time begins at this instant of the calendar: 2026-01-01T00:00:00Z. */
const beganAt = Date.UTC(2026, 0, 1)

/** The life of one process: restarted, it is another machine with the same name. */
export class Machine {
  readonly name: string
  /** The time as this machine sees it: its timers stand still while it does. */
  readonly clock: Clock
  /** Opens ports on the simulated network, whatever the scheme of their endpoints. */
  readonly ports: Ports
  /** Numbers from 0 up to 1, for the jitter of pauses. */
  readonly random: () => number
  readonly #network: Network
  readonly #timeline: Timeline
  readonly #sockets = new Set<SimulatedSocket>()
  /** What happens while it stands still, in order. */
  #missed: (() => void)[] = []
  #state: MachineState = 'running'

  constructor(name: string, network: Network, timeline: Timeline, chance: Chance) {
    this.name = name
    this.#network = network
    this.#timeline = timeline
    this.random = () => chance.next()
    this.clock = {
      now: () => timeline.now,
      time: () => beganAt + timeline.now,
      after: (delayMs, run) => this.#after(delayMs, run),
      turn: (run) => timeline.turn(() => this.whenAwake(run)),
    }
    this.ports = { open: (spec) => this.#open(spec) }
  }

  get state(): MachineState {
    return this.#state
  }

  /** Whether its side of a connection answers heartbeats. */
  get beats(): boolean {
    return this.#state === 'running' || this.#state === 'busy'
  }

  /** Runs something now, or when the machine goes on; never, where it is no more. */
  whenAwake(run: () => void): void {
    if (this.#state === 'running') run()
    else if (this.#state !== 'killed') this.#missed.push(run)
  }

  /** Stands still. `busy` is a computation that takes long, `frozen` is a stopped process. */
  stop(how: 'busy' | 'frozen'): void {
    if (this.#state === 'killed') return
    this.#state = how
    this.#network.changed()
  }

  /** Goes on with what it missed. */
  resume(): void {
    if (this.#state === 'killed' || this.#state === 'running') return
    this.#state = 'running'
    const missed = this.#missed
    this.#missed = []
    for (const run of missed) this.#timeline.after(0, () => this.whenAwake(run))
    this.#network.changed()
  }

  /** Is no more, from one moment to the next: nothing it holds says goodbye. */
  kill(): void {
    if (this.#state === 'killed') return
    this.#state = 'killed'
    this.#missed = []
    for (const socket of this.#sockets) socket.vanish()
    this.#network.changed()
  }

  #after(delayMs: number, run: () => void): Timer {
    let cancelled = false
    const timer = this.#timeline.after(delayMs, () => {
      this.whenAwake(() => {
        if (!cancelled) run()
      })
    })
    return {
      cancel: () => {
        cancelled = true
        timer.cancel()
      },
    }
  }

  #open<P>(spec: PortSpec<P>): Port<P> {
    const figures = new FrameFigures<P>(spec.wire, this.#network.epochs)
    return new WirePort({ ...spec, wire: figures }, (events) => {
      const { shape, bind, connect, limits } = spec
      const socket = new SimulatedSocket(
        { shape, bind, connect, limits, events },
        this,
        this.#network,
        figures,
      )
      this.#sockets.add(socket)
      return socket
    })
  }
}
