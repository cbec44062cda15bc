/** All replicas of a run: opened in order, told of each other's ends, and closed together. */
import type { Clock } from '../clock.ts'
import type { Graph } from '../pipeline/graph.ts'
import { groupOf, linkOf } from '../pipeline/find.ts'
import type { LogLine } from '../pipeline/handler.ts'
import type { HostSpec } from '../stage/host.ts'
import type { HostHandle } from './handle.ts'
import type { ReplicaPlan, RunPlan } from './plan.ts'
import { Replica } from './replica.ts'
import type { ReplicaReport } from './report.ts'
import { dialable } from './sides.ts'
import type { RestartRules } from './supervise.ts'

/** What a supervisor needs of its run. */
export interface SupervisorOptions {
  readonly graph: Graph
  readonly plan: RunPlan
  /** Starts one life of a replica. */
  place(plan: ReplicaPlan, spec: HostSpec): HostHandle
  readonly restarts: RestartRules
  readonly restartSource: boolean
  readonly clock: Clock
  readonly log: (line: LogLine) => void
}

/** Holds all replicas of a run together. */
export class Supervisor {
  readonly #options: SupervisorOptions
  readonly #replicas: Replica[] = []
  readonly #failure = Promise.withResolvers<never>()
  #closing: { readonly reason: Error | undefined } | undefined

  constructor(options: SupervisorOptions) {
    this.#options = options
    this.#failure.promise.catch(() => undefined)
  }

  /** Rejects with the first failure of a replica, whatever the run is waiting for. */
  get failure(): Promise<never> {
    return this.#failure.promise
  }

  /** Opens every replica, those of a receiver before those of its senders. Rejects with the first failure. */
  async open(): Promise<void> {
    const { plan } = this.#options
    for (const name of new Set(plan.replicas.map(({ group }) => group.name))) {
      if (this.#closing !== undefined) return
      const crew = plan.replicas.filter(({ group }) => group.name === name)
      const opened = crew.map(
        (replica) => new Replica(this.#optionsOf(replica), this.#resolved(replica.spec)),
      )
      this.#replicas.push(...opened)
      for (const { finished } of opened) finished.catch((error: unknown) => this.#failure.reject(error))
      await Promise.all(opened.map(({ ready }) => ready))
    }
  }

  /** Resolves once there is a receiver behind every replica whose messages would else be dropped, or the signal aborts. */
  async connected(signal: AbortSignal): Promise<void> {
    const { graph } = this.#options
    const dropping = this.#replicas.filter(({ plan }) =>
      plan.group.outbound.some((link) => linkOf(graph, link).pattern.promises.nobodyThere === 'drops'),
    )
    await Promise.allSettled(dropping.map((replica) => replica.connected({ signal })))
  }

  /**
   * Lets messages flow: receivers first, the source last.
   * Resolves when every replica has finished. Rejects with the first failure.
   */
  async run(): Promise<void> {
    for (const replica of this.#replicas) replica.start()
    const groups = Map.groupBy(this.#replicas, ({ plan }) => plan.group.name)
    await Promise.all([...groups].map(([name, crew]) => this.#seeThrough(name, crew)))
  }

  /** Ends the run well: by its source, or, where that is elsewhere, by leaving the others to go on. */
  drain(): void {
    for (const replica of this.#replicas) replica.end(this.#options.plan.isPart ? 'leave' : 'drain')
  }

  /** Closes every replica at once; resolves when nothing of them is left. Idempotent; never rejects. */
  async close(reason: Error | undefined): Promise<void> {
    this.#closing ??= { reason }
    await Promise.all(this.#replicas.map((replica) => replica.close(reason)))
  }

  /** By the name of their group. */
  report(): ReadonlyMap<string, readonly ReplicaReport[]> {
    const reports = new Map<string, ReplicaReport[]>()
    for (const replica of this.#replicas) {
      const { name } = replica.plan.group
      reports.set(name, [...(reports.get(name) ?? []), replica.report()])
    }
    return reports
  }

  /** When the last replica of a group has finished, those behind it need wait for no more senders. */
  async #seeThrough(name: string, crew: readonly Replica[]): Promise<void> {
    await Promise.all(crew.map((replica) => this.#seeOneThrough(replica, crew)))
    for (const link of groupOf(this.#options.graph, name).outbound) {
      const { toGroup } = linkOf(this.#options.graph, link)
      for (const replica of this.#replicas) {
        if (replica.plan.group.name === toGroup) replica.noMoreSenders(link)
      }
    }
  }

  /**
   * Senders of another host end when all is settled. A replica that was not connected yet is told by none of
   * them, but here: what they have said to one of the crew is so for all.
   */
  async #seeOneThrough(replica: Replica, crew: readonly Replica[]): Promise<void> {
    await replica.finished
    if (!this.#options.plan.isPart) return
    for (const other of crew) for (const link of replica.plan.group.inbound) other.noMoreSenders(link)
  }

  #optionsOf(plan: ReplicaPlan): ConstructorParameters<typeof Replica>[0] {
    const { graph, restarts, restartSource, clock, log } = this.#options
    const { inbound } = plan.group
    const source = inbound.length === 0
    const redelivered = inbound.every(
      (link) => linkOf(graph, link).pattern.promises.receiverDies === 'redelivers',
    )
    return {
      plan,
      place: (spec) => this.#options.place(plan, spec),
      rules: source && !restartSource ? { never: neverSource } : restarts,
      redelivered: redelivered && !source,
      clock,
      log,
    }
  }

  /** Where a receiver was to bind a port of the system's choice, its senders connect to the one that it got. */
  #resolved(spec: HostSpec): HostSpec {
    const links = Object.entries(spec.links).map(([link, place]) => {
      if (!place.connect.some((endpoint) => endpoint.endsWith(':*'))) return [link, place] as const
      const bound = this.#replicas.flatMap((replica) => replica.spec.links[link]?.bind ?? [])
      return [link, { ...place, connect: bound.map(dialable) }] as const
    })
    return { ...spec, links: Object.fromEntries(links) }
  }
}

const neverSource =
  'a source cannot be resumed where it was, so it is not started again (restartSource: true starts it from its beginning)'
