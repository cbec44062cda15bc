/** The flags by which a run is told of keys: paths and public keys only, since everybody can read an argument. */
import type { Command } from 'commander'
import { securityFromEnvironment } from '@sluice/core'
import type { GuardOptions, PerEndpoint } from '@sluice/core'

/** As they were given. */
export interface GuardFlags {
  readonly keyFile?: string
  readonly serverKey?: readonly string[]
  readonly serverKeyFile?: readonly string[]
  readonly allowDirectory?: string
  readonly insecure?: boolean
}

/** Adds the flags to a command. */
export function addGuardFlags(command: Command): Command {
  return command
    .option(
      '--key-file <file>',
      'the key pair of this host, NAME.key_secret of sluice keygen: CURVE on every tcp endpoint',
    )
    .option(
      '--server-key <key>',
      'the public key of the side that binds, or endpoint=key; may be repeated',
      gather,
    )
    .option('--server-key-file <file>', 'the same by file, or endpoint=file; may be repeated', gather)
    .option(
      '--allow-directory <directory>',
      'the public keys, NAME.key, of those who may connect; may change while it runs',
    )
    .option('--insecure', 'bind tcp for everybody who can reach this host, without keys')
}

/** Turns the flags into options of a run; each stands before its variable `SLUICE_CURVE_…`. */
export function guardOptions(flags: GuardFlags): GuardOptions {
  const { keyFile, allowDirectory, insecure } = flags
  const given = {
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(flags.serverKey === undefined ? {} : { serverKey: perEndpoint(flags.serverKey) }),
    ...(flags.serverKeyFile === undefined ? {} : { serverKeyFile: perEndpoint(flags.serverKeyFile) }),
    ...(allowDirectory === undefined ? {} : { allowDirectory }),
  }
  const security =
    Object.keys(given).length === 0 ? {} : { security: { ...securityFromEnvironment(), ...given } }
  return { ...security, ...(insecure === undefined ? {} : { insecure }) }
}

function perEndpoint(flags: readonly string[]): PerEndpoint {
  const [first = ''] = flags
  if (flags.length === 1 && !first.startsWith('tcp://')) return first
  const pairs = flags.map((flag): [string, string] => {
    const at = flag.indexOf('=')
    return [flag.slice(0, at), flag.slice(at + 1)]
  })
  return Object.fromEntries(pairs)
}

function gather(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value]
}
