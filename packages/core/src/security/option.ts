/** `security`, `insecure` and `onRefused` as options: of every class, and of a run. */
import * as v from 'valibot'
import type { LinkError } from '../errors.ts'
import { callback, checkOptions, flag, group } from '../option-check.ts'
import type { OptionEntries } from '../option-check.ts'
import { AllowList } from './allow-list.ts'
import type { Guard } from './guard.ts'
import { Security } from './security.ts'
import type { SecurityOptions } from './security.ts'

/** What keeps strangers out, as every class and a run take it. */
export interface GuardOptions {
  /** CURVE for every tcp endpoint: key files, keys, or a `Security` that several objects share. Default: none. */
  readonly security?: SecurityOptions | Security | undefined
  /** True: tcp may be bound without CURVE on an address that others can reach, and an ipc path where others may connect. Default false. */
  readonly insecure?: boolean | undefined
  /** Called with the `LinkError` of each connection that ended in its handshake, on either side; they are counted in any case. */
  readonly onRefused?: ((error: LinkError) => void) | undefined
}

const key = v.string('a public key: 40 characters of Z85')
const path = v.string('the path of a key file')
const each = 'one text, or one for each endpoint'

const securityEntries: OptionEntries<SecurityOptions> = {
  keyFile: path,
  publicKey: key,
  // Checked where it cannot be shown.
  secretKey: v.any(),
  serverKey: v.union([key, v.record(v.string(), key, each)], each),
  serverKeyFile: v.union([path, v.record(v.string(), path, each)], each),
  allow: v.union(
    [v.instance(AllowList), v.array(key, 'a list of public keys')],
    'an AllowList, or a list of public keys',
  ),
  allowDirectory: v.string('the path of a directory of key files'),
}

/** A schema for each. */
export const guardEntries: OptionEntries<GuardOptions> = {
  security: group('an object of keys, or a Security', securityEntries),
  insecure: flag(),
  onRefused: callback('(error) => void'),
}

/** Checks options that hold those of a guard, and gives them back as they came. */
export function checkGuarded<O extends GuardOptions>(who: string, entries: OptionEntries<O>, given: O): O {
  // What is a Security was checked when it was made.
  const unchecked = given instanceof Object && given.security instanceof Security
  checkOptions<O>(who, entries, unchecked ? { ...given, security: undefined } : given)
  return given
}

/**
 * Turns checked options into a guard; key files are read here.
 * @throws {OptionError} for keys or files that cannot be used.
 */
export function guardOf({ security, insecure, onRefused }: GuardOptions): Guard {
  const read = security === undefined || security instanceof Security ? security : new Security(security)
  return { security: read, insecure, onRefused }
}
