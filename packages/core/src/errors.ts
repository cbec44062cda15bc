/** Errors, by who must act. Every one has a stable `code` and keeps its `cause`. */

/** What every error of Sluice can be given besides its message. */
export interface SluiceErrorOptions {
  readonly cause?: unknown
}

/** The base of every error that Sluice itself raises; `code` is stable across versions. */
export class SluiceError extends Error {
  readonly code: string

  constructor(code: string, message: string, options: SluiceErrorOptions = {}) {
    super(message, options)
    this.name = new.target.name
    this.code = code
  }
}

/** The caller passed an option, a graph or an argument that cannot work; raised before any I/O. */
export class OptionError extends SluiceError {
  /** Which option, as a path such as `highWaterMark` or `stages.dryer.replicas`. */
  readonly option: string

  constructor(option: string, message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_OPTION', message, options)
    this.option = option
  }
}

/** The caller used an object in a state that does not allow it, such as `send` after `drain`. */
export class StateError extends SluiceError {
  constructor(message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_STATE', message, options)
  }
}

/** What could not be delivered comes back with the error, so that nothing vanishes. */
export interface UndeliveredOptions extends SluiceErrorOptions {
  readonly undelivered?: unknown
}

/** A bound was hit under the overflow strategy `reject`; `undelivered` is the message. */
export class FullError extends SluiceError {
  readonly undelivered: unknown

  constructor(message: string, options: UndeliveredOptions = {}) {
    super('ERR_SLUICE_FULL', message, options)
    this.undelivered = options.undelivered
  }
}

/** A stated time passed without an answer; `undelivered` is the message it was about. */
export class TimeoutError extends SluiceError {
  readonly undelivered: unknown

  constructor(message: string, options: UndeliveredOptions = {}) {
    super('ERR_SLUICE_TIMEOUT', message, options)
    this.undelivered = options.undelivered
  }
}

/** The time by which a message mattered has passed; `undelivered` is the message. */
export class DeadlineError extends SluiceError {
  readonly undelivered: unknown

  constructor(message: string, options: UndeliveredOptions = {}) {
    super('ERR_SLUICE_DEADLINE', message, options)
    this.undelivered = options.undelivered
  }
}

/** The object was closed while the call waited; `undelivered` is the message it held. */
export class ClosedError extends SluiceError {
  readonly undelivered: unknown

  constructor(message: string, options: UndeliveredOptions = {}) {
    super('ERR_SLUICE_CLOSED', message, options)
    this.undelivered = options.undelivered
  }
}

/** Where a link failed, and how the system called it. */
export interface LinkErrorOptions extends SluiceErrorOptions {
  readonly endpoint?: string | undefined
  readonly errno?: string | undefined
  /** Which bound or check refused, where one did: `key`, `handshake`, `peers`, …: a column of `stats().refusedBy`. */
  readonly reason?: string | undefined
}

/** The network, the operating system or the other side refused; names the endpoint and the errno. */
export class LinkError extends SluiceError {
  readonly endpoint: string | undefined
  readonly errno: string | undefined
  readonly reason: string | undefined

  constructor(message: string, options: LinkErrorOptions = {}) {
    super('ERR_SLUICE_LINK', message, options)
    this.endpoint = options.endpoint
    this.errno = options.errno
    this.reason = options.reason
  }
}

/** A value cannot be carried by the interop profile; `path` leads to the offending part. */
export class EncodeError extends SluiceError {
  /** Where in the value, such as `$.orders[3].total`. */
  readonly path: string

  constructor(path: string, message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_ENCODE', message, options)
    this.path = path
  }
}

/** Bytes from a peer are not what the interop profile allows; costs that message or that peer only. */
export class DecodeError extends SluiceError {
  /** The rule of docs/protocol.md that was broken, such as `ENV-4`. */
  readonly rule: string

  constructor(rule: string, message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_DECODE', `${message} (${rule})`, options)
    this.rule = rule
  }
}

/** A peer broke a rule of its pattern; its session ends, the link goes on. */
export class ProtocolError extends SluiceError {
  /** The rule of docs/protocol.md that was broken, such as `BP-7`. */
  readonly rule: string

  constructor(rule: string, message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_PROTOCOL', `${message} (${rule})`, options)
    this.rule = rule
  }
}

/** The other side's handler failed; carries its code and message, never its stack. */
export class RemoteError extends SluiceError {
  readonly remoteCode: string
  readonly undelivered: unknown

  constructor(remoteCode: string, message: string, options: UndeliveredOptions = {}) {
    super('ERR_SLUICE_REMOTE', message, options)
    this.remoteCode = remoteCode
    this.undelivered = options.undelivered
  }
}

/** Why an outbox was refused: by whom it is used, or what its file is. */
export type OutboxRefusal = 'in-use' | 'foreign' | 'corrupt'

/** An outbox cannot be used: another sender has it, or its file is damaged or something else's, and was left as it is. */
export class OutboxError extends SluiceError {
  readonly refusal: OutboxRefusal
  /** The folder or the file. */
  readonly path: string

  constructor(refusal: OutboxRefusal, path: string, message: string, options: SluiceErrorOptions = {}) {
    super('ERR_SLUICE_OUTBOX', message, options)
    this.refusal = refusal
    this.path = path
  }
}
