/** One replica over all its lives: started, watched, and started again when it dies. */
import type { Clock } from '../clock.ts'
import type { WaitOptions } from '../link/link.ts'
import type { LogLine } from '../pipeline/handler.ts'
import type { HostReport, HostSpec } from '../stage/host.ts'
import { abortable } from '../lifecycle/abortable.ts'
import { ReplicaError } from './handle.ts'
import type { HostHandle } from './handle.ts'
import type { ReplicaPlan } from './plan.ts'
import { addCounts, closeCounts } from './report.ts'
import type { ReplicaReport } from './report.ts'
import { decide, recordDeath } from './supervise.ts'
import type { RestartRules } from './supervise.ts'

/** What a replica needs of its run. */
export interface ReplicaOptions {
  readonly plan: ReplicaPlan
  /** Starts one life. */
  place(spec: HostSpec): HostHandle
  /** Undefined: its first death fails the run, for this reason. */
  readonly rules: RestartRules | { readonly never: string }
  /** Whether what it held when it died comes again, and is counted then. */
  readonly redelivered: boolean
  readonly clock: Clock
  readonly log: (line: LogLine) => void
}

/** A death that is followed by another life. */
interface Again {
  readonly delayMs: number
  readonly count: number
  readonly max: number
}

/** Lives as often as it must and may; what its first life was told, every further one is told too. */
export class Replica {
  readonly plan: ReplicaPlan
  readonly #options: ReplicaOptions
  readonly #ready = Promise.withResolvers<void>()
  /** Aborts when the run closes: nothing is started after it. */
  readonly #closing = new AbortController()
  readonly #ended = new Set<string>()
  #spec: HostSpec
  #handle: HostHandle | undefined
  #open = false
  /** In any of its lives. */
  #wasReady = false
  #started = false
  #ending: 'drain' | 'leave' | undefined
  #restarts = 0
  #past: HostReport | undefined

  /** Starts its first life. */
  constructor(options: ReplicaOptions, spec: HostSpec) {
    this.#options = options
    this.plan = options.plan
    this.#spec = spec
    this.#ready.promise.catch(() => undefined)
    this.finished = this.#live()
    this.finished.catch((error: unknown) => this.#ready.reject(error))
  }

  /** Resolves when it has done all that it had to do. Rejects with what fails the run. */
  readonly finished: Promise<void>

  /** Resolves once it is open for the first time. Rejects with what fails the run. */
  get ready(): Promise<void> {
    return this.#ready.promise
  }

  /** Where it stands, with the endpoints that were really bound. */
  get spec(): HostSpec {
    return this.#spec
  }

  /** Resolves once all that is behind it has a receiver. */
  async connected(options: WaitOptions): Promise<void> {
    await this.#handle?.connected(options)
  }

  start(): void {
    this.#started = true
    if (this.#open) this.#handle?.start()
  }

  /** Drains where the source of the run does; leaves where senders elsewhere go on. */
  end(how: 'drain' | 'leave'): void {
    this.#ending = how
    if (this.#open) this.#handle?.[how]()
  }

  noMoreSenders(link: string): void {
    this.#ended.add(link)
    if (this.#open && this.#started) this.#handle?.noMoreSenders(link)
  }

  /** Closes it at once and starts it no more; resolves when nothing of it is left. */
  async close(reason: Error | undefined): Promise<void> {
    this.#closing.abort(reason)
    await this.#handle?.close(reason)
    await this.finished.catch(() => undefined)
  }

  report(): ReplicaReport {
    return { report: addCounts(this.#past, this.#handle?.stats()), restarts: this.#restarts }
  }

  async #live(): Promise<void> {
    let deaths: readonly number[] = []
    for (;;) {
      try {
        return await this.#life()
      } catch (error) {
        if (!(error instanceof ReplicaError) || this.#closing.signal.aborted) throw error
        deaths = await this.#mourn(error, deaths)
      }
    }
  }

  async #life(): Promise<void> {
    const handle = this.#options.place(this.#spec)
    this.#handle = handle
    try {
      this.#spec = withBound(this.#spec, await handle.ready)
      this.#open = true
      this.#wasReady = true
      this.#ready.resolve()
      if (this.#started) {
        handle.start()
        for (const link of this.#ended) handle.noMoreSenders(link)
      }
      if (this.#ending !== undefined) handle[this.#ending]()
      await handle.done
    } finally {
      this.#open = false
      await handle.close()
    }
  }

  /** Decides about a death, and waits until it is time for the next life. */
  async #mourn(death: ReplicaError, deaths: readonly number[]): Promise<readonly number[]> {
    const { rules, clock, redelivered } = this.#options
    const last = this.#handle?.stats()
    this.#handle = undefined
    const known = 'never' in rules ? deaths : recordDeath(deaths, clock.now(), rules)
    const decision = this.#decide(death, known)
    if (last !== undefined) {
      const comes = { redelivered, recovered: !(decision instanceof ReplicaError) }
      this.#past = addCounts(this.#past, closeCounts(last, comes))
    }
    if (decision instanceof ReplicaError) throw decision
    this.#say(`${death.how}: started again in ${decision.delayMs} ms (${decision.count} of ${decision.max})`)
    const pause = Promise.withResolvers<void>()
    const timer = clock.after(decision.delayMs, pause.resolve)
    try {
      await abortable(pause.promise, this.#closing.signal)
    } finally {
      timer.cancel()
    }
    this.#restarts += 1
    return known
  }

  /** Says when it lives again, or with which error it does not. */
  #decide(death: ReplicaError, known: readonly number[]): Again | ReplicaError {
    const { rules } = this.#options
    if (death.isLasting && !this.#wasReady) return fatal(death, `${death.message}; it is not started again`)
    if ('never' in rules) return fatal(death, `${death.message}, and ${rules.never}`)
    const decision = decide(known, rules)
    if (decision.kind !== 'give-up') return { ...decision, max: rules.max }
    const times = decision.deaths === 1 ? '' : `, ${decision.deaths} times within ${rules.withinMs / 1_000} s`
    return fatal(death, `${death.message}${times}; it is not started again`)
  }

  #say(text: string): void {
    const { group, replica } = this.#spec
    this.#options.log({ level: 'warn', stage: group, replica, text })
  }
}

/** The error that fails the run: its message ends with the last output, which mostly says why. */
function fatal(death: ReplicaError, message: string): ReplicaError {
  const output = death.output.map((line) => `\n  ${line}`).join('')
  const { replica, how } = death
  return new ReplicaError(output === '' ? message : `${message}. Its last output:${output}`, {
    replica,
    how,
    output: death.output,
    cause: death,
  })
}

/** Puts the port that the system chose in the place of a wildcard, so that the next life binds the same one. */
function withBound(spec: HostSpec, bound: Readonly<Record<string, readonly string[]>>): HostSpec {
  const links = Object.entries(spec.links).map(([name, place]) => {
    const endpoints = bound[name] ?? []
    return [name, endpoints.length === place.bind.length ? { ...place, bind: endpoints } : place] as const
  })
  return { ...spec, links: Object.fromEntries(links) }
}
