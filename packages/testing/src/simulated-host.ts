/** One life of a replica on a simulated machine. */
import { openHost, ReplicaError } from '@sluice/core'
import type { Graph, Host, HostEnvironment, HostReport, HostSpec, WaitOptions } from '@sluice/core'
import type { Machine } from './machine.ts'

/** A host whose machine may stand still and die; what its runner tells it waits while it stands still. */
export class SimulatedHost implements Host {
  readonly ready: Promise<Readonly<Record<string, readonly string[]>>>
  readonly done: Promise<HostReport>
  readonly #host: Host
  readonly #machine: Machine
  readonly #death = Promise.withResolvers<never>()
  #last: HostReport | undefined

  constructor(graph: Graph, spec: HostSpec, environment: HostEnvironment, machine: Machine) {
    const { ports, clock, random } = machine
    this.#machine = machine
    this.#death.promise.catch(() => {})
    this.#host = openHost(graph, spec, { ...environment, ports, clock, random })
    this.ready = Promise.race([this.#host.ready, this.#death.promise])
    this.done = Promise.race([this.#host.done, this.#death.promise])
    this.ready.catch(() => {})
    this.done.catch(() => {})
  }

  /** The machine is no more: whoever supervises the replica is told so, as of a killed process. */
  die(): void {
    const { name } = this.#machine
    this.#last = this.#host.stats()
    const error = new ReplicaError(`replica ${name} ended: SIGKILL`, {
      replica: name,
      how: 'SIGKILL',
      output: [],
    })
    this.#death.reject(error)
    void this.#host.close(error)
  }

  connected(options?: WaitOptions): Promise<void> {
    return this.#host.connected(options)
  }

  start(): void {
    this.#machine.whenAwake(() => this.#host.start())
  }

  drain(): void {
    this.#machine.whenAwake(() => this.#host.drain())
  }

  leave(): void {
    this.#machine.whenAwake(() => this.#host.leave())
  }

  noMoreSenders(link: string): void {
    this.#machine.whenAwake(() => this.#host.noMoreSenders(link))
  }

  close(reason?: Error): Promise<void> {
    return this.#host.close(reason)
  }

  stats(): HostReport {
    return this.#last ?? this.#host.stats()
  }
}
