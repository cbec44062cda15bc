/** Errors as they travel in the headers of a reply (RR-7): a code and a message, never a stack. */
import { RemoteError } from '@sluice/core/parts'
import type { Headers, Outcome } from '@sluice/core'

/** Characters of a message that travel; what is longer is of no use to a person. */
const messageCharacters = 4_096

/** The replier has more to do than it may hold; the request was not begun. */
export const FULL = 'ERR_SLUICE_FULL'
/** The replier is closing; the request was not begun, or not finished. */
export const CLOSED = 'ERR_SLUICE_CLOSED'

const codes: Readonly<Record<Exclude<Outcome, 'delivered'>, string>> = {
  deadLettered: 'dead-lettered',
  dropped: 'dropped',
  failed: 'ERR_SLUICE_REMOTE',
  undelivered: CLOSED,
}

/** The headers that say why there is no answer. */
export function errorHeaders(outcome: Exclude<Outcome, 'delivered'>, error: unknown): Headers {
  const code = outcome === 'failed' ? codeOf(error) : codes[outcome]
  const message = error instanceof Error ? error.message : outcome
  return { error: { code, message: message.slice(0, messageCharacters).toWellFormed() } }
}

/** The error in a reply's headers, if there is one. */
export function remoteErrorIn(headers: unknown): RemoteError | undefined {
  const error = field(headers, 'error')
  const code = field(error, 'code')
  const message = field(error, 'message')
  return typeof code === 'string' && typeof message === 'string' ? new RemoteError(code, message) : undefined
}

/** Whether the request was not begun, and another replier, or this one later, may take it. */
export function isBusy(error: RemoteError): boolean {
  return error.remoteCode === FULL || error.remoteCode === CLOSED
}

/** How a message ended that was answered with this error. */
export function outcomeOf(error: RemoteError): 'failed' | 'deadLettered' | 'dropped' {
  if (error.remoteCode === codes.deadLettered) return 'deadLettered'
  return error.remoteCode === codes.dropped ? 'dropped' : 'failed'
}

/** A code that a program on the other side can compare: the error's own, or the name of its class. */
function codeOf(error: unknown): string {
  const code = field(error, 'code')
  if (typeof code === 'string' && code !== '') return code.slice(0, 256).toWellFormed()
  return error instanceof Error && error.name !== '' ? error.name.slice(0, 256).toWellFormed() : codes.failed
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (Reflect.get(value, name) as unknown) : undefined
}
