/** The course of one run: opening, running, draining, closing, closed. */
import type { Timer } from '../clock.ts'
import type { Graph } from '../pipeline/graph.ts'
import type { LogLine } from '../pipeline/handler.ts'
import { abortable } from '../lifecycle/abortable.ts'
import type { RunSettings } from './options.ts'
import { place } from './place.ts'
import type { RunPlan } from './plan.ts'
import { runReport } from './report.ts'
import type { RunReport, RunState } from './report.ts'
import type { RunPorts } from './run-ports.ts'
import { Supervisor } from './supervisor.ts'

/** Longer than any run, in milliseconds. */
const holdMs = 2 ** 31 - 1

/**
 * Takes a run through its states.
 *
 * ```
 *  opening ──▶ running ──▶ draining ──▶ closing ──▶ closed
 *     │           │                        ▲
 *     └───────────┴──── failure, abort ────┘
 * ```
 */
export class Journey {
  readonly #graph: Graph
  readonly #settings: RunSettings
  readonly #supervisor: Supervisor
  readonly #startedAt: number
  /** A callback of the user's that threw. */
  readonly #broken = Promise.withResolvers<never>()
  readonly #drained = Promise.withResolvers<void>()
  /** Aborts when the run is over: no listener and no timer stays behind. */
  readonly #over = new AbortController()
  #state: RunState = 'opening'
  #ticking: Timer | undefined

  constructor(graph: Graph, plan: RunPlan, settings: RunSettings, ports: RunPorts) {
    const { clock, restarts, restartSource } = settings
    this.#graph = graph
    this.#settings = settings
    this.#startedAt = clock.now()
    this.#broken.promise.catch(() => undefined)
    const log = (line: LogLine): void => this.#guard(() => settings.log(line))
    this.#supervisor = new Supervisor({
      graph,
      plan,
      place: ({ on }, spec) =>
        place(on, spec, { graph, ports, directory: plan.directory, settings: { ...settings, log } }),
      restarts,
      restartSource,
      clock,
      log,
    })
  }

  /** Resolves to the report when all is over, well or by `drainSignal`. Rejects with the first failure, or `signal.reason`. */
  async travel(): Promise<RunReport> {
    const { signal, progressIntervalMs } = this.#settings
    // Holds the process open: a run may wait for nothing but a timer of its clock.
    const holding = setInterval(() => {}, holdMs)
    this.#tick(progressIntervalMs)
    let reason: unknown
    try {
      this.#listenForDrain()
      const ends = [this.#flow(), this.#drained.promise, this.#broken.promise, this.#supervisor.failure]
      await abortable(Promise.race(ends), signal)
    } catch (error) {
      reason = error
      throw error
    } finally {
      this.#state = 'closing'
      this.#over.abort()
      await this.#supervisor.close(reason instanceof Error ? reason : undefined)
      this.#ticking?.cancel()
      clearInterval(holding)
      this.#state = 'closed'
      this.#tell()
    }
    return this.#report()
  }

  async #flow(): Promise<void> {
    if (this.#state !== 'opening') return
    await this.#supervisor.open()
    if (this.#state === 'opening') await this.#connected()
    const running = this.#supervisor.run()
    if (this.#state === 'opening') this.#state = 'running'
    // What was opened comes to its end as if its source had nothing: whoever has an end to write writes it.
    else this.#supervisor.drain()
    await running
  }

  /** Waits for those who would miss messages, but not for ever: they may never come, and need not. */
  async #connected(): Promise<void> {
    const enough = new AbortController()
    const timer = this.#settings.clock.after(this.#settings.connectTimeoutMs, () => enough.abort())
    const { drainSignal = this.#over.signal } = this.#settings
    await this.#supervisor.connected(AbortSignal.any([enough.signal, drainSignal, this.#over.signal]))
    timer.cancel()
  }

  #listenForDrain(): void {
    const { drainSignal } = this.#settings
    if (drainSignal === undefined) return
    const drain = (): void => this.#drain()
    if (drainSignal.aborted) drain()
    else drainSignal.addEventListener('abort', drain, { once: true, signal: this.#over.signal })
  }

  #drain(): void {
    const { clock, drainTimeoutMs } = this.#settings
    const opening = this.#state === 'opening'
    this.#state = 'draining'
    // What is being opened drains as soon as it stands.
    if (!opening) this.#supervisor.drain()
    const timer = clock.after(drainTimeoutMs, this.#drained.resolve)
    this.#over.signal.addEventListener('abort', () => timer.cancel(), { once: true })
  }

  #tick(intervalMs: number): void {
    this.#ticking = this.#settings.clock.after(intervalMs, () => {
      this.#tell()
      this.#tick(intervalMs)
    })
  }

  #tell(): void {
    const { onProgress } = this.#settings
    if (onProgress !== undefined) this.#guard(() => onProgress({ ...this.#report(), state: this.#state }))
  }

  #report(): RunReport {
    const elapsedMs = this.#settings.clock.now() - this.#startedAt
    return runReport(this.#graph, this.#supervisor.report(), elapsedMs, this.#state === 'closed')
  }

  /** What a callback of the user's throws fails the run, and nothing else. */
  #guard(call: () => void): void {
    try {
      call()
    } catch (error) {
      this.#broken.reject(error)
    }
  }
}
