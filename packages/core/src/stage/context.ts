/** What a handler is given beside its message. */
import type { Headers } from '../link/link.ts'
import type { Logger, LogLevel, LogLine } from '../pipeline/handler.ts'
import type { Chain } from './chain.ts'
import { deadlineOf } from './deadline.ts'
import type { Scope } from './scope.ts'

/** What is the same for every message of one stage in one host. */
export interface StageIdentity {
  readonly stage: string
  readonly replica: number
  readonly log: Logger
  readonly scope: Scope
}

const none: Headers = Object.freeze({})

/**
 * The context of one attempt at one message. Its signal costs nothing until it is asked for; it aborts when the
 * attempt times out, when the sender calls the message off, and when the host closes.
 */
export class MessageContext {
  /** What the handler is given, with what came beside it: the stage goes on with that once the handler has answered. */
  readonly value: unknown
  readonly given: Headers | readonly Headers[] | undefined
  readonly chain: Chain | undefined
  /** Messages in it: 1, or those of the batch. */
  readonly messages: number
  readonly attempt: number
  readonly #identity: StageIdentity
  #controller: AbortController | undefined
  #aborted: { readonly reason: unknown } | undefined
  /** Listens to the sender, once the signal was asked for. */
  #calledOff: (() => void) | undefined
  #over = false

  constructor(
    identity: StageIdentity,
    value: unknown,
    headers: Headers | readonly Headers[] | undefined,
    chain: Chain | undefined,
    messages: number,
    attempt: number,
  ) {
    this.#identity = identity
    this.value = value
    this.given = headers
    this.chain = chain
    this.messages = messages
    this.attempt = attempt
  }

  /** One map; a batch stage's are one for each message. */
  get headers(): Headers | readonly Headers[] {
    return this.given ?? none
  }

  get stage(): string {
    return this.#identity.stage
  }

  get replica(): number {
    return this.#identity.replica
  }

  get log(): Logger {
    return this.#identity.log
  }

  /** Undefined for a batch: its messages have each their own, in their headers. */
  get deadline(): Date | undefined {
    return deadlineOf(this.given)
  }

  get redelivered(): boolean {
    return this.chain?.redelivered ?? false
  }

  get signal(): AbortSignal {
    return (this.#controller ?? this.#open()).signal
  }

  /** Aborts the attempt's signal, now or when it is asked for. */
  abort(reason: unknown): void {
    if (this.#over) return
    this.#aborted ??= { reason }
    this.#controller?.abort(reason)
  }

  /** The attempt is over: its signal will not abort any more. */
  release(): void {
    this.#over = true
    if (this.#controller === undefined) return
    this.#identity.scope.unwatch(this)
    if (this.#calledOff !== undefined) this.chain?.signal?.removeEventListener('abort', this.#calledOff)
  }

  #open(): AbortController {
    const controller = new AbortController()
    this.#controller = controller
    const { scope } = this.#identity
    const upstream = this.chain?.signal
    const aborted =
      this.#aborted ??
      scope.closed ??
      (upstream?.aborted ? { reason: upstream.reason as unknown } : undefined)
    if (aborted !== undefined) controller.abort(aborted.reason)
    else if (!this.#over) {
      scope.watch(this)
      if (upstream !== undefined) {
        this.#calledOff = () => this.abort(upstream.reason)
        upstream.addEventListener('abort', this.#calledOff, { once: true })
      }
    }
    return controller
  }
}

/** A logger whose lines carry the stage and the replica. */
export function loggerOf(stage: string, replica: number, log: (line: LogLine) => void): Logger {
  const write =
    (level: LogLevel) =>
    (text: string, data?: unknown): void =>
      log(data === undefined ? { level, stage, replica, text } : { level, stage, replica, text, data })
  return Object.assign(write('info'), {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
  })
}

/** Headers that belong to one hop: the next one sets its own. */
const ofOneHop: ReadonlySet<string> = new Set(['attempt', 'error', 'id'])

/** What of a message's headers goes on with what is emitted for it: the trace, the deadline and the user's own. */
export function passedOn(headers: Headers | readonly Headers[] | undefined): Headers | undefined {
  if (headers === undefined || Array.isArray(headers)) return undefined
  const kept = Object.entries(headers).filter(([name]) => !ofOneHop.has(name))
  return kept.length === 0 ? undefined : Object.fromEntries(kept)
}
