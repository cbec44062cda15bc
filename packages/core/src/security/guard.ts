/** What the sockets of a port are guarded by, and what is refused before anything is opened. */
import { OptionError } from '../errors.ts'
import type { LinkError } from '../errors.ts'
import type { Security } from './security.ts'

/** How the sockets of a port are guarded; without one: no CURVE, and tcp is bound on loopback only. */
export interface Guard {
  readonly security?: Security | undefined
  /** True: tcp may be bound on any address without CURVE. */
  readonly insecure?: boolean | undefined
  /** Called for each connection that ended in its handshake, on either side. */
  readonly onRefused?: ((error: LinkError) => void) | undefined
}

/** What is bound, as far as it matters here. */
interface Bound {
  readonly role: string
  readonly text: string
  readonly scheme: string
  readonly address: string
}

const loopback = /^(127(\.\d{1,3}){1,3}|localhost|lo|lo0|\[::1\]|\[::ffff:127(\.\d{1,3}){3}\]):/i

/**
 * Refuses to bind tcp where others than this host can reach it and nothing keeps them out.
 * @throws {OptionError} that names the endpoint and says how to do it right.
 */
export function refuseExposed(endpoints: readonly Bound[], guard: Guard | undefined): void {
  if (guard?.security !== undefined || guard?.insecure === true) return
  const open = endpoints.find(({ role, scheme, address }) => {
    return role === 'bind' && scheme === 'tcp' && !loopback.test(address)
  })
  if (open === undefined) return
  throw new OptionError(
    'bind',
    `bind: '${open.text}' would let everybody who can reach this host read and send messages; ` +
      `allowed: security: { keyFile } with keys from 'sluice keygen' on both sides (sluice run: --key-file), ` +
      `a loopback address such as tcp://127.0.0.1:*, or insecure: true (--insecure) where the network itself is trusted`,
  )
}
