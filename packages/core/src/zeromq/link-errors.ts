/** What libzmq says, in our words: which endpoint, which errno, and what can be done. */
import { LinkError } from '../errors.ts'

const advice: Readonly<Record<string, string>> = {
  EADDRINUSE: 'it is in use',
  EADDRNOTAVAIL: 'this host has no such address',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  ENOENT: 'its directory does not exist',
  ENODEV: 'this host has no such interface or address',
  EINVAL: 'it is not a valid address',
  EMFILE: 'this process has too many open files or sockets',
  EAFNOSUPPORT: 'this host does not support such addresses',
}

function errnoOf(error: unknown): string | undefined {
  const code: unknown = error instanceof Error ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : undefined
}

/** Says that an endpoint could not be bound or connected to. */
export function endpointError(what: 'bind' | 'connect to', endpoint: string, cause: unknown): LinkError {
  if (cause instanceof LinkError) return cause
  const errno = errnoOf(cause)
  const told = errno === undefined ? undefined : advice[errno]
  const reason = told ?? (cause instanceof Error ? cause.message : String(cause))
  const code = errno === undefined ? '' : ` (${errno})`
  return new LinkError(`cannot ${what} ${endpoint}: ${reason}${code}`, { endpoint, errno, cause })
}

/** Says that reading a socket has come to an end that nobody asked for. */
export function readingError(endpoint: string | undefined, cause: unknown): LinkError {
  const errno = errnoOf(cause)
  return new LinkError(`cannot read from ${endpoint}: ${errno}`, { endpoint, errno, cause })
}
