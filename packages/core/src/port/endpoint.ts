/** Endpoints as text: which scheme moves them, and what is wrong with those that nothing moves. */
import { OptionError } from '../errors.ts'

/** The schemes of endpoints, each with its own way of moving packets. */
export type Scheme = 'memory' | 'inproc' | 'ipc' | 'tcp' | 'channel'

/** Which option an endpoint came from. */
export type Role = 'bind' | 'connect'

/** An endpoint taken apart; `address` is what stands behind `scheme://`. */
export interface Endpoint {
  readonly text: string
  readonly role: Role
  /** Its place among the endpoints of its role. */
  readonly index: number
  readonly scheme: Scheme
  readonly address: string
}

const forms: Readonly<Record<Scheme, string>> = {
  memory: 'memory://name',
  inproc: 'inproc://name',
  ipc: 'ipc:///path/of/socket',
  tcp: 'tcp://host:port (tcp://host:* to bind any free port)',
  channel: 'channel://name',
}

const plainName = /^[\w.:/@+-]+$/
const tcpAddress = /^(\*|\[[^\]\s]+\]|[^\s:[\]/;]+):(\*|\d{1,5})$/

/** Longest path of an ipc socket, in octets: what the operating system has room for, less a final zero. */
const longestPath = process.platform === 'darwin' ? 103 : 107

/**
 * Takes all endpoints of a port apart.
 * @throws {OptionError} that names the first bad one and the forms that are allowed.
 */
export function parseEndpoints(spec: {
  readonly bind: readonly string[]
  readonly connect: readonly string[]
}): readonly Endpoint[] {
  return [
    ...spec.bind.map((text, index) => parseEndpoint(text, 'bind', index)),
    ...spec.connect.map((text, index) => parseEndpoint(text, 'connect', index)),
  ]
}

/** The addresses of each role, without their schemes. */
export function addressesOf(endpoints: readonly Endpoint[]): {
  readonly bind: string[]
  readonly connect: string[]
} {
  return {
    bind: ofRole(endpoints, 'bind').map(({ address }) => address),
    connect: ofRole(endpoints, 'connect').map(({ address }) => address),
  }
}

/** The endpoints of one role, in order. */
export function ofRole(endpoints: readonly Endpoint[], wanted: Role): readonly Endpoint[] {
  return endpoints.filter(({ role }) => role === wanted)
}

/**
 * Takes an endpoint apart; `index` is its place in its option.
 * @throws {OptionError} that names the endpoint and the forms that are allowed.
 */
export function parseEndpoint(text: string, role: Role, index: number = 0): Endpoint {
  const at = text.indexOf('://')
  const scheme = text.slice(0, Math.max(0, at))
  const address = text.slice(at + 3)
  if (!isScheme(scheme)) throw refusal(text, role, 'has no known scheme', Object.values(forms))
  if (!fits(scheme, address, role)) throw refusal(text, role, 'cannot be used', [forms[scheme]])
  const octets = Buffer.byteLength(address)
  if (scheme === 'ipc' && octets > longestPath) {
    throw refusal(text, role, `has a path of ${octets} octets`, [`at most ${longestPath}`])
  }
  return { text, role, index, scheme, address }
}

function isScheme(text: string): text is Scheme {
  return Object.hasOwn(forms, text)
}

function fits(scheme: Scheme, address: string, role: Role): boolean {
  if (address === '*') return role === 'bind' && scheme !== 'channel' && scheme !== 'tcp'
  if (scheme === 'ipc') return address.length > 0 && !address.includes('\0')
  if (scheme !== 'tcp') return plainName.test(address)
  const found = tcpAddress.exec(address)
  if (found === null) return false
  if (found[2] === '*') return role === 'bind'
  return Number(found[2]) <= 65_535 && (role === 'bind' || Number(found[2]) > 0)
}

function refusal(text: string, role: Role, what: string, allowed: readonly string[]): OptionError {
  return new OptionError(role, `${role}: endpoint '${text}' ${what}; allowed: ${allowed.join(', ')}`)
}
