/** Key files in the form that ZeroMQ's other tools write and read: `NAME.key` is public, `NAME.key_secret` has both halves. */
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LinkError, OptionError } from '../errors.ts'
import { checkPublicKey, CurveKeys } from './curve-keys.ts'

/** How the names of the two files end. */
export const publicEnding = '.key'
const secretEnding = '.key_secret'

/** Largest key file that is read, in bytes. */
const largestFile = 64 * 1024

/** What `writeKeyFiles` wrote. */
export interface KeyFiles {
  readonly publicKey: string
  /** The file that may be given away. */
  readonly publicFile: string
  /** The file that stays on its host. */
  readonly secretFile: string
}

/**
 * Draws a key pair and writes it to `NAME.key` and `NAME.key_secret` below a directory, which is made where it is missing; each file with mode 0600.
 * Errors: `LinkError` with `EEXIST` where one of them is there already: nothing is overwritten; or with what else the system says.
 */
export function writeKeyFiles(directory: string, name: string): KeyFiles {
  const publicFile = join(directory, name + publicEnding)
  const secretFile = join(directory, name + secretEnding)
  const keys = CurveKeys.generate()
  try {
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    // Refused before the first is written, so that no half of a pair is left beside a foreign one.
    for (const file of [publicFile, secretFile]) refuseExisting(file)
    writeFileSync(secretFile, certificate(keys.publicKey, keys.reveal()), { flag: 'wx', mode: 0o600 })
    writeFileSync(publicFile, certificate(keys.publicKey), { flag: 'wx', mode: 0o600 })
  } catch (error) {
    if (error instanceof LinkError) throw error
    const { code, path } = error as NodeJS.ErrnoException
    throw new LinkError(`the key file ${path} cannot be written (${code})`, { errno: code, cause: error })
  }
  return { publicKey: keys.publicKey, publicFile, secretFile }
}

/**
 * Reads a key pair.
 * @throws {OptionError} for a file that cannot be read, holds no pair, or can be read by others than its owner.
 */
export function readKeyPair(file: string, where: string): CurveKeys {
  const text = readKeyFile(file, where)
  const mode = statSync(file).mode & 0o077
  if (mode !== 0 && process.platform !== 'win32') {
    throw new OptionError(
      where,
      `${where}: the secret in ${file} is open to others than its owner; allowed: a file with mode 0600 (chmod 600 ${file})`,
    )
  }
  const publicKey = valueOf(text, 'public-key')
  const secretKey = valueOf(text, 'secret-key')
  if (publicKey === undefined || secretKey === undefined) {
    throw new OptionError(
      where,
      `${where}: ${file} has no ${secretKey === undefined ? 'secret' : 'public'} key; allowed: a file NAME${secretEnding} of sluice keygen`,
    )
  }
  return new CurveKeys(publicKey, secretKey, where)
}

/**
 * Reads a public key, of a file with or without its secret half.
 * @throws {OptionError} for a file that cannot be read or holds no key.
 */
export function readPublicKey(file: string, where: string): string {
  return publicKeyIn(readKeyFile(file, where), file, where)
}

/**
 * Finds the public key in the text of a key file.
 * @throws {OptionError} where there is none.
 */
export function publicKeyIn(text: string, file: string, where: string): string {
  const key = valueOf(text, 'public-key')
  if (key === undefined) {
    throw new OptionError(
      where,
      `${where}: ${file} has no public key; allowed: a file NAME${publicEnding} of sluice keygen`,
    )
  }
  return checkPublicKey(key, `${where}: ${file}`)
}

function readKeyFile(file: string, where: string): string {
  try {
    if (statSync(file).size > largestFile) throw new Error(`it has more than ${largestFile} bytes`)
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    throw new OptionError(where, `${where}: the key file ${file} cannot be read (${code ?? message})`, {
      cause: error,
    })
  }
}

function refuseExisting(file: string): void {
  if (statSync(file, { throwIfNoEntry: false }) === undefined) return
  throw new LinkError(
    `${file} exists already, and a key that is overwritten is lost; give another directory or name, or remove it`,
    { errno: 'EEXIST' },
  )
}

function certificate(publicKey: string, secretKey?: string): string {
  const lines = [
    `#   ZeroMQ CURVE ${secretKey === undefined ? 'public' : '**Secret**'} certificate`,
    secretKey === undefined
      ? '#   May be given to whoever shall connect to, or let in, the holder of its secret.'
      : '#   DO NOT PROVIDE THIS FILE TO OTHER USERS nor change its permissions.',
    '',
    'metadata',
    'curve',
    `    public-key = "${publicKey}"`,
    ...(secretKey === undefined ? [] : [`    secret-key = "${secretKey}"`]),
  ]
  return `${lines.join('\n')}\n`
}

function valueOf(text: string, name: string): string | undefined {
  return new RegExp(`^\\s*${name}\\s*=\\s*"([^"\\n]*)"`, 'm').exec(text)?.[1]
}
