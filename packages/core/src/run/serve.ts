/** The replica's side of the line: loads the pipeline, opens the host, and does as the run says. */
import { rmSync } from 'node:fs'
import { inspect } from 'node:util'
import { systemClock } from '../clock.ts'
import type { LogLine } from '../pipeline/handler.ts'
import { guardedPorts } from '../port/guarded-ports.ts'
import type { Ports } from '../port/port.ts'
import type { Guard } from '../security/guard.ts'
import { guardFrom } from '../security/guard-form.ts'
import type { GuardForm } from '../security/guard-form.ts'
import { openHost } from '../stage/open-host.ts'
import type { Host, HostReport, HostSpec } from '../stage/host.ts'
import { loadPipeline } from './load.ts'
import { markReplica } from './mark.ts'
import { errorForm, errorOf } from './messages.ts'
import type { FromReplica, OpenMessage, ToReplica } from './messages.ts'
import { changeList, reporting } from './run-guard.ts'

/** What a process or a thread gives to serve by. */
export interface ReplicaEnd {
  readonly ports: Ports & AsyncDisposable
  send(message: FromReplica): void
  /** Ends this process or thread, once what its sockets hold has left. */
  exit(): void
}

/** Serves one replica: takes the messages of the run, one by one. */
export class ReplicaServer {
  readonly #end: ReplicaEnd
  #host: Host | undefined
  #guard: Guard = {}
  #closed = false
  #directory: string | undefined
  #reports: NodeJS.Timeout | undefined

  constructor(end: ReplicaEnd) {
    this.#end = end
  }

  take(message: ToReplica): void {
    switch (message.type) {
      case 'open':
        return void this.#open(message)
      case 'connected':
        return void this.#tellConnected()
      case 'start':
        return this.#host?.start()
      case 'drain':
        return this.#host?.drain()
      case 'leave':
        return this.#host?.leave()
      case 'noMoreSenders':
        return this.#host?.noMoreSenders(message.link)
      case 'allow':
        return changeList(this.#guard, message.key, message.added)
      case 'close':
        return void this.#close(message.reason === undefined ? undefined : errorOf(message.reason))
      case 'exit':
        return this.#end.exit()
    }
  }

  /** Says that the run is gone without a word: nobody else removes what it made. */
  abandoned(): void {
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true })
  }

  /** Every failure in here is told to the run: nothing may be left as an unhandled rejection. */
  async #open({ place, spec, limits, guard, directory, reportEveryMs }: OpenMessage): Promise<void> {
    this.#directory = directory
    markReplica({ name: `${spec.group}/${spec.replica}`, misuse: (error) => this.#failed(error) })
    const log = (line: LogLine): void => this.#end.send({ type: 'log', line: portable(line) })
    try {
      if (guard !== undefined) this.#guard = this.#guardOf(guard, spec, log)
      const { graph } = await loadPipeline(place.module, { name: place.pipeline, args: place.args })
      if (this.#closed) return
      const ports = guardedPorts(this.#end.ports, this.#guard)
      this.#host = openHost(graph, spec, { ports, clock: systemClock, limits, log })
      // Its failure is told through `ready` and `done`, whichever is waited for first.
      this.#host.done.catch(() => undefined)
      this.#end.send({ type: 'ready', endpoints: await this.#host.ready })
      this.#reports = setInterval(() => this.#report(), reportEveryMs)
      const report = await this.#host.done
      await this.#release()
      this.#end.send({ type: 'done', report })
    } catch (error) {
      this.#failed(error)
    }
  }

  #guardOf(form: GuardForm, spec: HostSpec, log: (line: LogLine) => void): Guard {
    const guard = guardFrom(form)
    if (!form.tells) return reporting(guard, spec, { clock: systemClock, log })
    return { ...guard, onRefused: (error) => this.#end.send({ type: 'refused', error: errorForm(error) }) }
  }

  async #tellConnected(): Promise<void> {
    try {
      await this.#host?.connected()
      this.#end.send({ type: 'connected' })
    } catch {
      // The host is closing; `done` says why.
    }
  }

  async #close(reason: Error | undefined): Promise<void> {
    this.#closed = true
    await this.#host?.close(reason)
    await this.#release()
    this.#end.send({ type: 'closed', report: this.#stats() })
  }

  async #release(): Promise<void> {
    clearInterval(this.#reports)
    await this.#end.ports[Symbol.asyncDispose]()
  }

  #report(): void {
    const report = this.#stats()
    if (report !== undefined) this.#end.send({ type: 'report', report })
  }

  #failed(error: unknown): void {
    if (this.#closed) return
    clearInterval(this.#reports)
    this.#end.send({ type: 'failed', error: errorForm(error), report: this.#stats() })
  }

  #stats(): HostReport | undefined {
    return this.#host?.stats()
  }
}

/** A line whose data cannot travel as JSON is shown as text. */
function portable(line: LogLine): LogLine {
  if (line.data === undefined) return line
  try {
    JSON.stringify(line.data)
    return line
  } catch {
    return { ...line, data: inspect(line.data, { depth: 4 }) }
  }
}
