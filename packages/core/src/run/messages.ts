/** What a run and a replica in another process or thread say to each other: plain values that travel as JSON. */
import { LinkError, OptionError, RemoteError, SluiceError, StateError } from '../errors.ts'
import type { Limits } from '../limits.ts'
import type { LogLine } from '../pipeline/handler.ts'
import type { GuardForm } from '../security/guard-form.ts'
import type { HostReport, HostSpec } from '../stage/host.ts'

/** How a replica finds its pipeline again. */
export interface PipelinePlace {
  /** The URL of the module. */
  readonly module: string
  readonly pipeline: string
  readonly args: readonly string[]
}

/** The first message to a replica: all that it needs to open its host. */
export interface OpenMessage {
  readonly type: 'open'
  readonly place: PipelinePlace
  readonly spec: HostSpec
  readonly limits: Limits
  /** Undefined for a thread, whose sockets stand in the main thread. */
  readonly guard: GuardForm | undefined
  /** The run's directory, which a replica removes when it finds itself left behind. */
  readonly directory: string | undefined
  /** Milliseconds between two reports. */
  readonly reportEveryMs: number
}

/** From the run to a replica. */
export type ToReplica =
  | OpenMessage
  | { readonly type: 'connected' }
  | { readonly type: 'start' }
  | { readonly type: 'drain' }
  | { readonly type: 'leave' }
  | { readonly type: 'noMoreSenders'; readonly link: string }
  /** The list of who is let in has changed. */
  | { readonly type: 'allow'; readonly key: string; readonly added: boolean }
  | { readonly type: 'close'; readonly reason: ErrorForm | undefined }
  /** Everything was heard: end yourself. */
  | { readonly type: 'exit' }

/** From a replica to its run. */
export type FromReplica =
  | { readonly type: 'ready'; readonly endpoints: Readonly<Record<string, readonly string[]>> }
  | { readonly type: 'connected' }
  | { readonly type: 'report'; readonly report: HostReport }
  | { readonly type: 'log'; readonly line: LogLine }
  /** A connection ended in its handshake, and the run wants to know. */
  | { readonly type: 'refused'; readonly error: ErrorForm }
  | { readonly type: 'done'; readonly report: HostReport }
  /** The host failed, in a way that starting it again would not mend. */
  | { readonly type: 'failed'; readonly error: ErrorForm; readonly report: HostReport | undefined }
  | { readonly type: 'closed'; readonly report: HostReport | undefined }

/** What is ours among the messages of a channel that the user's code could use too. */
export interface Wrapped<M> {
  readonly sluice: M
}

/** An error as it travels. */
export interface ErrorForm {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  /** Which option, endpoint, errno and reason it is about, where it says so. */
  readonly option: string | undefined
  readonly endpoint: string | undefined
  readonly errno: string | undefined
  readonly reason?: string | undefined
  readonly cause: ErrorForm | undefined
}

/** Puts an error into a form that travels; whatever was thrown that is no error becomes one. */
export function errorForm(thrown: unknown, depth: number = 4): ErrorForm {
  const error = thrown instanceof Error ? thrown : new Error(String(thrown))
  const text = (key: string): string | undefined => {
    const value: unknown = Reflect.get(error, key)
    return typeof value === 'string' ? value : undefined
  }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: text('code'),
    option: text('option'),
    endpoint: text('endpoint'),
    errno: text('errno'),
    reason: text('reason'),
    cause: error.cause === undefined || depth === 0 ? undefined : errorForm(error.cause, depth - 1),
  }
}

/** Makes an error of what travelled: of the same class where a caller may look for it, with the stack of its origin. */
export function errorOf(form: ErrorForm): Error {
  const error = revive(form, form.cause === undefined ? {} : { cause: errorOf(form.cause) })
  if (form.stack !== undefined) error.stack = form.stack
  return error
}

function revive(form: ErrorForm, options: { cause?: Error }): Error {
  const { name, message, code } = form
  if (name === 'RemoteError') return new RemoteError(code ?? 'ERR_SLUICE_REMOTE', message, options)
  if (code === 'ERR_SLUICE_OPTION') return new OptionError(form.option ?? '', message, options)
  if (code === 'ERR_SLUICE_STATE') return new StateError(message, options)
  if (code === 'ERR_SLUICE_LINK') {
    return new LinkError(message, {
      ...options,
      endpoint: form.endpoint,
      errno: form.errno,
      reason: form.reason,
    })
  }
  if (code?.startsWith('ERR_SLUICE_') === true) return named(new SluiceError(code, message, options), name)
  return Object.assign(named(new Error(message, options), name), code === undefined ? {} : { code })
}

function named(error: Error, name: string): Error {
  error.name = name
  return error
}
