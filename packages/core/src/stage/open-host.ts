/** Opens the host of one replica of one group. */
import { ClosedError, OptionError, SluiceError } from '../errors.ts'
import type { LinkReceiver, LinkSender, Pattern, Site, WaitOptions } from '../link/link.ts'
import { groupOf, linkOf, stageOf } from '../pipeline/find.ts'
import type { Graph, GroupNode } from '../pipeline/graph.ts'
import { workBehind } from '../pipeline/work-behind.ts'
import type { Host, HostEnvironment, HostReport, HostSpec, LinkReport, StageStats } from './host.ts'
import { Intake } from './intake.ts'
import type { Inbound } from './intake.ts'
import { metReceiver } from './met-receiver.ts'
import { asError } from './result.ts'
import { Scope } from './scope.ts'
import { wire } from './wiring.ts'
import type { Wired } from './wiring.ts'

/** Between two looks whether what a host that leaves has emitted is settled, in milliseconds. */
const settleMs = 10

/**
 * Opens every link of a group at once; nothing flows before `start`.
 *
 * Errors: `OptionError` for a group that the graph does not have, or a link that the spec leaves out.
 */
export function openHost(graph: Graph, spec: HostSpec, environment: HostEnvironment): Host {
  const group = groupOf(graph, spec.group)
  const missing = [...group.inbound, ...group.outbound].find((link) => spec.links[link] === undefined)
  if (missing !== undefined) {
    throw new OptionError(
      `links.${missing}`,
      `pipeline '${graph.name}': no place was given for the link '${missing}' of '${group.name}'`,
    )
  }
  return new GroupHost(graph, group, spec, environment)
}

/** What `openHost` is. */
export type OpenHost = (graph: Graph, spec: HostSpec, environment: HostEnvironment) => Host

/** How long a link may be without a receiver before somebody is told, in milliseconds. */
const patienceMs = 5_000

class GroupHost implements Host {
  readonly ready: Promise<Readonly<Record<string, readonly string[]>>>
  readonly done: Promise<HostReport>
  readonly #graph: Graph
  readonly #group: GroupNode
  readonly #spec: HostSpec
  readonly #environment: HostEnvironment
  readonly #scope: Scope
  readonly #senders = new Map<string, LinkSender>()
  readonly #receivers = new Map<string, LinkReceiver>()
  readonly #wired: Wired
  readonly #intake: Intake | undefined
  readonly #outcome = Promise.withResolvers<HostReport>()
  readonly #leaving = Promise.withResolvers<void>()
  /** Resolves where the host was told to leave, and has settled all that its links had handed over. */
  readonly #left: Promise<unknown>
  #closing: Promise<void> | undefined
  #isLeaving = false
  #isDone = false

  constructor(graph: Graph, group: GroupNode, spec: HostSpec, environment: HostEnvironment) {
    this.#graph = graph
    this.#group = group
    this.#spec = spec
    this.#environment = environment
    this.#scope = new Scope(environment, spec.replica, (error) => this.#fail(error))
    this.done = this.#outcome.promise
    this.done.catch(() => {})
    const site = (name: string): Site => {
      const behind = groupOf(graph, linkOf(graph, name).toGroup)
      return siteOf(spec, name, workBehind(graph, behind), environment)
    }
    for (const name of group.outbound) this.#senders.set(name, linkOf(graph, name).pattern.sender(site(name)))
    for (const name of group.inbound)
      this.#receivers.set(name, linkOf(graph, name).pattern.receiver(site(name)))
    this.#wired = wire({
      graph,
      stages: group.stages,
      senders: this.#senders,
      scope: this.#scope,
      log: (line) => environment.log(line),
    })
    const first = this.#wired.entries.get(group.name)
    this.#intake = first && new Intake(first, this.#inbound(), environment.clock)
    this.ready = this.#bound()
    this.ready.catch(() => {})
    this.#left = this.#leaving.promise.then(() => this.#drainReceivers())
    this.#left.catch(() => {})
    for (const link of this.#links()) void link.closed.then((error) => error && this.#fail(error))
  }

  async connected(options?: WaitOptions): Promise<void> {
    await Promise.all([...this.#senders.values()].map((sender) => sender.ready(options)))
  }

  start(): void {
    for (const [link, sender] of this.#senders) this.#missReceiver(link, sender)
    if (this.#closing === undefined) this.#live().catch((error: unknown) => this.#fail(asError(error)))
  }

  drain(): void {
    this.#wired.source?.pump.stop()
  }

  leave(): void {
    this.#isLeaving = true
    this.drain()
    this.#leaving.resolve()
  }

  noMoreSenders(link: string): void {
    this.#receivers.get(link)?.noMoreSenders()
  }

  close(reason?: Error): Promise<void> {
    this.#closing ??= this.#close(reason ?? new ClosedError(`the host of '${this.#group.name}' was closed`))
    return this.#closing
  }

  stats(): HostReport {
    const stages: Record<string, StageStats> = {}
    const { source, entries } = this.#wired
    if (source !== undefined) stages[source.name] = source.pump.stats()
    for (const [name, entry] of entries) stages[name] = entry.stats(0)
    const first = entries.get(this.#group.name)
    if (first !== undefined && this.#intake !== undefined) {
      const { held, heldByKey } = this.#intake
      stages[this.#group.name] = { ...first.stats(held), heldByKey }
    }
    const links: Record<string, LinkReport> = {}
    for (const [name, receiver] of this.#receivers) links[name] = { receiver: receiver.stats() }
    for (const [name, sender] of this.#senders) links[name] = { ...links[name], sender: sender.stats() }
    return { group: this.#group.name, replica: this.#spec.replica, stages, links }
  }

  /** Says once that a link has had no receiver for a while: its sender waits or drops, and nobody would know why. */
  #missReceiver(link: string, sender: LinkSender): void {
    const { from } = linkOf(this.#graph, link)
    const { bind = [], connect = [] } = this.#spec.links[link] ?? {}
    const where =
      connect.length > 0 ? `nobody answers at ${connect.join(', ')}` : `nobody came to ${bind.join(', ')}`
    const timer = this.#scope.after(patienceMs, () =>
      this.#environment.log({
        level: 'warn',
        stage: from,
        replica: this.#spec.replica,
        text: `${where}, where the link '${link}' goes; trying on`,
      }),
    )
    const there = (): void => timer.cancel()
    sender.ready().then(there, there)
  }

  /** From the first message to the last: the end flows through the stages and on into every link, unless the host closes. */
  async #live(): Promise<void> {
    const receivers = [...this.#receivers.values()]
    const steps: readonly (() => Promise<unknown>)[] = [
      () => this.#wired.source?.pump.run() ?? this.#allIn(),
      ...[...this.#wired.entries.values()].map((entry) => () => entry.finish()),
      ...this.#group.stages.map((name) => () => this.#endStage(name)),
      () => Promise.all([...this.#senders].map(([link, sender]) => this.#endSender(link, sender))),
      () => Promise.race([Promise.all(receivers.map((receiver) => receiver.ended)), this.#left]),
      () => this.#drainReceivers(),
    ]
    for (const step of steps) {
      await step()
      if (this.#closing !== undefined) return
    }
    this.#isDone = true
    this.#outcome.resolve(this.stats())
  }

  /** Resolves once every sender has ended: only then can nothing come any more that another replica has lost. */
  async #allIn(): Promise<void> {
    const receivers = [...this.#receivers.values()]
    const lasts = receivers.map(() => Promise.withResolvers<void>())
    this.#intake?.start(
      (link) => lasts[link]?.resolve(),
      () => this.#hasten(),
    )
    const lulled = Promise.all(lasts.map(({ promise }) => promise)).then(() => this.#lull())
    lulled.catch((error: unknown) => this.#fail(asError(error)))
    await Promise.race([Promise.all(receivers.map((receiver) => receiver.ended)), this.#left])
    // Whoever comes now would find stages that have finished: nothing is handed over any more.
    for (const receiver of receivers) receiver.pause()
    await this.#intake?.empty()
  }

  /** Senders are held up by what is not acked yet of what this group has emitted. */
  #hasten(): void {
    for (const sender of this.#senders.values()) sender.hasten?.()
  }

  /** The last message has come, as far as is known: batches wait for no other, and whoever is behind is told so. */
  async #lull(): Promise<void> {
    await this.#intake?.empty()
    for (const entry of this.#wired.entries.values()) {
      entry.lull()
      await entry.finish()
    }
    if (this.#closing === undefined) for (const sender of this.#senders.values()) sender.lull?.()
  }

  /** A host that leaves tells nobody of an end: another one takes its place. What it has emitted is waited for all the same. */
  async #endSender(link: string, sender: LinkSender): Promise<void> {
    const { promises } = linkOf(this.#graph, link).pattern
    const isOurs = this.#spec.links[link]?.trusted === true
    if (!isOurs && promises.nobodyThere !== 'drops')
      await metReceiver(sender, this.#scope, this.#leaving.promise)
    if (!this.#isLeaving) return sender.drain()
    for (let stats = sender.stats(); stats.pending + stats.inFlight > 0; stats = sender.stats()) {
      await new Promise<void>((resolve) => this.#scope.after(settleMs, resolve))
    }
    await sender.close()
  }

  #drainReceivers(): Promise<unknown> {
    return Promise.all([...this.#receivers.values()].map((receiver) => receiver.drain()))
  }

  async #endStage(name: string): Promise<void> {
    const { handler, settings } = stageOf(this.#graph, name)
    try {
      if (handler.kind === 'function') await handler.end?.()
      await settings.deadLetter?.end?.()
    } catch (error) {
      const cause = asError(error)
      throw new SluiceError('ERR_SLUICE_STAGE', `stage '${name}' failed at its end: ${cause.message}`, {
        cause,
      })
    }
  }

  #fail(error: Error): void {
    if (!this.#isDone) void this.close(error)
  }

  /** Receivers first: what is unsettled stays with its senders. Then the senders, which say what was undelivered. */
  async #close(reason: Error): Promise<void> {
    this.#intake?.close()
    this.#scope.close(reason)
    await Promise.allSettled([...this.#receivers.values()].map((receiver) => receiver.close(reason)))
    await Promise.allSettled([...this.#senders.values()].map((sender) => sender.close(reason)))
    this.#outcome.reject(reason)
  }

  #links(): readonly (LinkSender | LinkReceiver)[] {
    return [...this.#senders.values(), ...this.#receivers.values()]
  }

  async #bound(): Promise<Readonly<Record<string, readonly string[]>>> {
    const names = [...this.#senders.keys(), ...this.#receivers.keys()]
    const endpoints = await Promise.all(this.#links().map((link) => link.endpoints()))
    return Object.fromEntries(names.map((name, at) => [name, endpoints[at] ?? []]))
  }

  #inbound(): readonly Inbound[] {
    const stages = this.#group.stages.map((name) => stageOf(this.#graph, name))
    // Where a message is tried again, others are at work meanwhile: those of its key must not be.
    const overlaps = stages.some(({ settings }) => settings.concurrency > 1 || settings.attempts > 1)
    const isEarly = stages[0]?.settings.ack === 'handled'
    return [...this.#receivers].map(([name, receiver]) => {
      const { pattern } = linkOf(this.#graph, name)
      return {
        receiver,
        unbounded: pattern.promises.slowReceiver === 'drops',
        early: isEarly || pattern.options['ack'] === 'handled',
        key: overlaps ? keyOf(pattern) : undefined,
      }
    })
  }
}

function keyOf({ options }: Pattern): ((message: never) => unknown) | undefined {
  const { key } = options
  return typeof key === 'function' ? (key as (message: never) => unknown) : undefined
}

function siteOf(spec: HostSpec, link: string, concurrency: number, environment: HostEnvironment): Site {
  const place = spec.links[link]
  const { ports, clock, limits, random = Math.random } = environment
  return {
    ports,
    clock,
    random,
    limits,
    bind: place?.bind ?? [],
    connect: place?.connect ?? [],
    senders: place?.senders,
    trusted: place?.trusted ?? false,
    identity: `${spec.group}/${spec.replica}`,
    concurrency,
  }
}
