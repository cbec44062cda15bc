/** A host in another process or thread, by messages. */
import type { Clock, Timer } from '../clock.ts'
import { ClosedError, LinkError } from '../errors.ts'
import type { WaitOptions } from '../link/link.ts'
import type { LogLevel, LogLine } from '../pipeline/handler.ts'
import type { HostReport, HostSpec } from '../stage/host.ts'
import type { Connect, Connection } from './connection.ts'
import { ReplicaError } from './handle.ts'
import type { HostHandle } from './handle.ts'
import { Tail } from './lines.ts'
import { errorForm, errorOf } from './messages.ts'
import type { FromReplica, OpenMessage } from './messages.ts'
import { abortable } from '../lifecycle/abortable.ts'

/** Lines of a replica's output that are kept for the error of its death. */
const tailLines = 20

/** How long a replica may take to close before it is killed, in milliseconds. */
const closeTimeoutMs = 2_000

/** How long one that has done its work may take to see off what its sockets hold, in milliseconds. */
const leaveTimeoutMs = 12_000

/** What a host at a distance needs of its run. */
export interface RemoteHostOptions {
  readonly clock: Clock
  readonly log: (line: LogLine) => void
  /** Takes what the replica was refused, or refused; without it, the replica tells by its log. */
  readonly onRefused?: ((error: LinkError) => void) | undefined
  /** What a replica that starts empty is told first. */
  readonly open?: OpenMessage
}

/**
 * Runs a host elsewhere.
 *
 * ```
 *  run ── open ──▶ replica     run ◀── ready, connected, report, log ── replica
 *  run ── start, drain, leave, noMoreSenders, close ──▶ replica
 *  run ◀── done | failed | closed ── replica,  run ── exit ──▶ replica
 * ```
 */
export class RemoteHost implements HostHandle {
  readonly #name: string
  readonly #stage: string
  readonly #replica: number
  readonly #options: RemoteHostOptions
  readonly #connection: Connection
  readonly #tail = new Tail(tailLines)
  readonly #ready = Promise.withResolvers<Readonly<Record<string, readonly string[]>>>()
  readonly #connected = Promise.withResolvers<void>()
  readonly #done = Promise.withResolvers<HostReport>()
  readonly #gone = Promise.withResolvers<void>()
  #stats: HostReport | undefined
  #isDone = false
  #closing: { readonly reason: Error | undefined } | undefined
  #deadline: Timer | undefined

  constructor(connect: Connect, spec: HostSpec, options: RemoteHostOptions) {
    this.#stage = spec.group
    this.#replica = spec.replica
    this.#name = `${this.#stage}/${this.#replica}`
    this.#options = options
    // Each is waited for by some runs only; a failure is told through all of them.
    for (const { promise } of [this.#ready, this.#connected, this.#done]) promise.catch(() => undefined)
    this.#connection = connect({
      message: (message) => this.#heard(message),
      line: (text, level) => this.#line(text, level),
      ended: (how, never) => this.#ended(how, never === 'never'),
    })
    if (options.open !== undefined) this.#connection.send(options.open)
  }

  get ready(): Promise<Readonly<Record<string, readonly string[]>>> {
    return this.#ready.promise
  }

  get done(): Promise<HostReport> {
    return this.#done.promise
  }

  connected({ signal }: WaitOptions = {}): Promise<void> {
    this.#connection.send({ type: 'connected' })
    return abortable(this.#connected.promise, signal)
  }

  start(): void {
    this.#connection.send({ type: 'start' })
  }

  drain(): void {
    this.#connection.send({ type: 'drain' })
  }

  leave(): void {
    this.#connection.send({ type: 'leave' })
  }

  noMoreSenders(link: string): void {
    this.#connection.send({ type: 'noMoreSenders', link })
  }

  close(reason?: Error): Promise<void> {
    if (this.#closing === undefined && !(this.#isDone && reason === undefined)) {
      this.#closing = { reason }
      this.#connection.send({ type: 'close', reason: reason === undefined ? undefined : errorForm(reason) })
      this.#killAfter(closeTimeoutMs)
    }
    return this.#gone.promise
  }

  stats(): HostReport | undefined {
    return this.#stats
  }

  #heard(message: FromReplica): void {
    if ('report' in message) this.#stats = message.report ?? this.#stats
    switch (message.type) {
      case 'ready':
        return this.#ready.resolve(message.endpoints)
      case 'connected':
        return this.#connected.resolve()
      case 'log':
        return this.#options.log(message.line)
      case 'report':
        return
      case 'refused':
        return this.#refused(errorOf(message.error))
      case 'done':
        this.#isDone = true
        this.#done.resolve(message.report)
        return this.#dismiss(leaveTimeoutMs)
      case 'failed':
        return this.#fail(errorOf(message.error))
      case 'closed':
        this.#fail(this.#closeReason())
        return this.#dismiss(closeTimeoutMs)
    }
  }

  #refused(error: Error): void {
    if (error instanceof LinkError) this.#options.onRefused?.(error)
  }

  /** It has said its last word. */
  #dismiss(timeoutMs: number): void {
    this.#connection.send({ type: 'exit' })
    this.#killAfter(timeoutMs)
  }

  #killAfter(timeoutMs: number): void {
    this.#deadline?.cancel()
    this.#deadline = this.#options.clock.after(timeoutMs, () => this.#connection.kill())
  }

  #line(text: string, level: LogLevel): void {
    this.#tail.push(text)
    this.#options.log({ level, stage: this.#stage, replica: this.#replica, text })
  }

  #ended(how: string, isLasting: boolean): void {
    this.#deadline?.cancel()
    this.#fail(this.#closing === undefined ? this.#death(how, isLasting) : this.#closeReason())
    this.#gone.resolve()
  }

  #death(how: string, isLasting: boolean): ReplicaError {
    const output = this.#tail.lines
    return new ReplicaError(`${this.#name} died (${how})`, { replica: this.#name, how, output, isLasting })
  }

  #closeReason(): Error {
    return this.#closing?.reason ?? new ClosedError(`${this.#name} was closed`)
  }

  #fail(error: Error): void {
    this.#ready.reject(error)
    this.#connected.reject(error)
    this.#done.reject(error)
  }
}
