/** Key pairs of CURVE (ZeroMQ RFC 26): Curve25519, each key 40 characters of Z85. */
import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { OptionError } from '../errors.ts'
import { z85Decode, z85Encode } from './z85.ts'

/** What stands in front of the 32 octets of a secret key in PKCS #8, the form that Node.js reads. */
const pkcs8 = Buffer.from('302e020100300506032b656e04220420', 'hex')

/** A key pair. Its secret shows neither where it is printed nor where it is written as JSON. */
export class CurveKeys {
  readonly publicKey: string
  readonly #secretKey: string

  /** @throws {OptionError} where one is no key, or the two do not belong together. Never shows the secret. */
  constructor(publicKey: string, secretKey: string, where: string = 'security') {
    this.publicKey = checkPublicKey(publicKey, `${where}.publicKey`)
    const secret = z85Decode(secretKey)
    if (secret?.length !== 32) {
      throw new OptionError(
        `${where}.secretKey`,
        `${where}.secretKey: it is no key; allowed: the 40 characters of Z85 that sluice keygen wrote`,
      )
    }
    if (publicHalf(secret) !== publicKey) {
      throw new OptionError(
        `${where}.publicKey`,
        `${where}.publicKey: ${publicKey} is not the public half of the secret key beside it; allowed: two keys of one sluice keygen`,
      )
    }
    this.#secretKey = secretKey
  }

  /** Draws a fresh pair. */
  static generate(): CurveKeys {
    const { privateKey, publicKey } = generateKeyPairSync('x25519')
    return new CurveKeys(z85Encode(octetsOf(publicKey, 'x')), z85Encode(octetsOf(privateKey, 'd')))
  }

  /** Gives the secret key to whoever sets up a socket, or writes it to a file. */
  reveal(): string {
    return this.#secretKey
  }
}

/**
 * Checks the text of a public key and gives it back.
 * @throws {OptionError} that says what a key looks like; `where` names the option.
 */
export function checkPublicKey(key: unknown, where: string): string {
  if (typeof key === 'string' && z85Decode(key)?.length === 32) return key
  throw new OptionError(
    where,
    `${where}: ${typeof key === 'string' ? `'${key.slice(0, 60)}'` : `a value of type ${typeof key}`} is no public key; allowed: 40 characters of Z85, as sluice keygen prints them`,
  )
}

function publicHalf(secret: Uint8Array): string {
  const key = createPrivateKey({ key: Buffer.concat([pkcs8, secret]), format: 'der', type: 'pkcs8' })
  return z85Encode(octetsOf(createPublicKey(key), 'x'))
}

function octetsOf(key: KeyObject, part: 'x' | 'd'): Uint8Array {
  return Buffer.from(key.export({ format: 'jwk' })[part] ?? '', 'base64url')
}
