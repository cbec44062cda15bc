/** What one side of a link proves itself by and whom it lets in: CURVE on every tcp endpoint. */
import { OptionError } from '../errors.ts'
import { AllowList } from './allow-list.ts'
import type { Allowance } from './allow-list.ts'
import { checkPublicKey, CurveKeys } from './curve-keys.ts'
import { KeyDirectory } from './key-directory.ts'
import { readKeyPair, readPublicKey } from './key-file.ts'

/** One value for every endpoint that is connected to, or one for each. */
export type PerEndpoint = string | Readonly<Record<string, string>>

/**
 * How the tcp endpoints of a link are secured. A key pair of its own is all that a side needs when every side of the pipeline holds
 * the same; where each has its own, a side that connects also names the server's key and a side that binds the clients'.
 */
export interface SecurityOptions {
  /** The file `NAME.key_secret` with this side's key pair, as `sluice keygen` wrote it. */
  readonly keyFile?: string | undefined
  /** This side's key pair as texts, in place of `keyFile`. */
  readonly publicKey?: string | undefined
  readonly secretKey?: string | undefined
  /** The public key of the side that binds, for every endpoint or by endpoint. Default: this side's own. */
  readonly serverKey?: PerEndpoint | undefined
  /** A file with that key, in place of `serverKey`. */
  readonly serverKeyFile?: PerEndpoint | undefined
  /** The public keys of the clients that a side that binds lets in, beside its own. Default: none. */
  readonly allow?: AllowList | readonly string[] | undefined
  /** A directory of `NAME.key` files in place of `allow`; it is looked at once a second. */
  readonly allowDirectory?: string | undefined
}

/** Keys that were read and checked: what `security` of every class and of a run may be given in place of options. */
export class Security {
  readonly keys: CurveKeys
  /** Who is let in beside whoever holds this side's own keys. */
  readonly allow: Allowance
  readonly #serverKey: PerEndpoint

  /** @throws {OptionError} for keys or files that cannot be used. */
  constructor(options: SecurityOptions) {
    refuseBoth(options, 'keyFile', 'secretKey')
    refuseBoth(options, 'serverKey', 'serverKeyFile')
    refuseBoth(options, 'allow', 'allowDirectory')
    const { serverKey, serverKeyFile } = options
    this.keys = keysOf(options)
    this.#serverKey =
      serverKeyFile === undefined
        ? mapEach(serverKey ?? this.keys.publicKey, (key) => checkPublicKey(key, 'security.serverKey'))
        : mapEach(serverKeyFile, (file) => readPublicKey(file, 'security.serverKeyFile'))
    this.allow = allowanceOf(options)
  }

  /** The key that the side which binds an endpoint has to prove. @throws {OptionError} where none is known. */
  serverKeyOf(endpoint: string): string {
    const keys = this.#serverKey
    const key = typeof keys === 'string' ? keys : keys[endpoint]
    if (key !== undefined) return key
    throw new OptionError(
      'security.serverKey',
      `security.serverKey: there is none for '${endpoint}'; allowed: the public key of the side that binds it, under that endpoint`,
    )
  }

  admits(key: string): boolean {
    return key === this.keys.publicKey || this.allow.has(key)
  }

  /** The same in a form that travels as JSON, secret included: over a pipe to a process of this run or into the environment of its program, and nowhere else. */
  reveal(): RevealedSecurity {
    const { allow } = this
    return {
      publicKey: this.keys.publicKey,
      secretKey: this.keys.reveal(),
      serverKey: this.#serverKey,
      ...(allow instanceof KeyDirectory ? { allowDirectory: allow.path } : { allow: listed(allow) }),
    }
  }
}

/** Security as it travels to a process of the same run. */
export interface RevealedSecurity extends SecurityOptions {
  readonly allow?: readonly string[]
}

function keysOf({ keyFile, publicKey, secretKey }: SecurityOptions): CurveKeys {
  if (keyFile !== undefined) return readKeyPair(keyFile, 'security.keyFile')
  if (publicKey !== undefined && secretKey !== undefined) return new CurveKeys(publicKey, secretKey)
  throw new OptionError(
    'security.keyFile',
    'security: there is no key pair; allowed: keyFile, a file that sluice keygen wrote, or publicKey and secretKey',
  )
}

function allowanceOf({ allow, allowDirectory }: SecurityOptions): Allowance {
  if (allowDirectory !== undefined) return new KeyDirectory(allowDirectory, 'security.allowDirectory')
  return allow instanceof AllowList ? allow : new AllowList(allow)
}

function listed(allow: Allowance): readonly string[] {
  return allow instanceof AllowList ? [...allow] : []
}

function mapEach(given: PerEndpoint, read: (text: string) => string): PerEndpoint {
  if (typeof given === 'string') return read(given)
  return Object.fromEntries(Object.entries(given).map(([endpoint, text]) => [endpoint, read(text)]))
}

function refuseBoth(
  options: SecurityOptions,
  one: keyof SecurityOptions,
  other: keyof SecurityOptions,
): void {
  if (options[one] === undefined || options[other] === undefined) return
  throw new OptionError(
    `security.${other}`,
    `security: ${one} and ${other} were both given; allowed: one of them`,
  )
}
