/** Keys, key files and lists of keys, without a socket. */
import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { AllowList, CurveKeys, LinkError, OptionError, Security, writeKeyFiles } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { curveKeyPair } from 'zeromq'
import { KeyDirectory } from '../../packages/core/src/security/key-directory.ts'
import { sparingly } from '../../packages/core/src/security/warnings.ts'
import { z85Decode, z85Encode } from '../../packages/core/src/security/z85.ts'
import { eventually } from '../support/by-hand.ts'
import { TemporaryDirectory } from '../support/left-behind.ts'

describe('Z85', () => {
  it('writes the example of its specification, and reads it', () => {
    const octets = Uint8Array.of(0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b)
    expect(z85Encode(octets)).toBe('HelloWorld')
    expect(z85Decode('HelloWorld')).toEqual(octets)
  })

  it.each(['Hello', 'Hell ', '#####', 'HelloWorl'])('reads %j as octets or not at all', (text) => {
    const octets = z85Decode(text)
    expect(octets === undefined ? undefined : z85Encode(octets)).toBe(text === 'Hello' ? 'Hello' : undefined)
  })
})

describe('a key pair', () => {
  it('is one for libzmq too, and one of libzmq is one here', () => {
    const theirs = curveKeyPair()
    expect(new CurveKeys(theirs.publicKey, theirs.secretKey).publicKey).toBe(theirs.publicKey)
    expect(CurveKeys.generate().publicKey).toHaveLength(40)
  })

  it('does not show its secret where it is printed or written as JSON', () => {
    const keys = CurveKeys.generate()
    const security = new Security({ publicKey: keys.publicKey, secretKey: keys.reveal() })
    for (const shown of [inspect(keys), JSON.stringify(keys), inspect(security), JSON.stringify(security)])
      expect(shown).not.toContain(keys.reveal())
  })

  it('is refused with two halves of different pairs, and the error does not show the secret', () => {
    const [one, other] = [CurveKeys.generate(), CurveKeys.generate()]
    const make = (secret: string) => () => new CurveKeys(one.publicKey, secret)
    expect(make(other.reveal())).toThrow(OptionError)
    expect(make(`${one.reveal()}x`)).toThrow(/^(?!.*x$)security\.secretKey: it is no key/)
  })
})

describe('key files', () => {
  it('are written for their owner alone, and read back', () => {
    using directory = new TemporaryDirectory()
    const keys = join(directory.path, 'keys')
    const { publicFile, secretFile, publicKey } = writeKeyFiles(keys, 'washer')
    for (const file of [publicFile, secretFile]) expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(readFileSync(publicFile, 'utf8')).not.toContain('secret-key')
    expect(new Security({ keyFile: secretFile }).keys.publicKey).toBe(publicKey)
    expect(new Security({ keyFile: secretFile, serverKeyFile: publicFile }).serverKeyOf('tcp://a:1')).toBe(
      publicKey,
    )
  })

  it('are never overwritten', () => {
    using directory = new TemporaryDirectory()
    const { secretFile } = writeKeyFiles(directory.path, 'washer')
    const before = readFileSync(secretFile, 'utf8')
    expect(() => writeKeyFiles(directory.path, 'washer')).toThrow(LinkError)
    expect(readFileSync(secretFile, 'utf8')).toBe(before)
  })

  it('are refused when others can read the secret, when there is none, and when they are not there', () => {
    using directory = new TemporaryDirectory()
    const { publicFile, secretFile } = writeKeyFiles(directory.path, 'washer')
    const read = (keyFile: string) => () => new Security({ keyFile })
    expect(read(publicFile)).toThrow(/has no secret key; allowed: a file NAME\.key_secret/)
    expect(read(join(directory.path, 'no.key_secret'))).toThrow(/cannot be read \(ENOENT\)/)
    chmodSync(secretFile, 0o640)
    expect(read(secretFile)).toThrow(/chmod 600/)
  })
})

describe('an AllowList', () => {
  it('takes public keys and nothing else', () => {
    const key = CurveKeys.generate().publicKey
    const list = new AllowList([key])
    expect([...list.add(key)]).toEqual([key])
    expect(() => list.add('mine')).toThrow(OptionError)
    expect(list.delete(key)).toBe(true)
    expect(list.delete(key)).toBe(false)
    expect(list.size).toBe(0)
  })
})

describe('a directory of keys', () => {
  it('lets in what lies in it, follows changes, and passes over what is no key', async () => {
    using directory = new TemporaryDirectory()
    const path = join(directory.path, 'clients')
    const first = writeKeyFiles(path, 'first')
    writeFileSync(join(path, 'broken.key'), 'no key')
    writeFileSync(join(path, 'notes.txt'), `public-key = "${CurveKeys.generate().publicKey}"`)
    const keys = new KeyDirectory(path, 'security.allowDirectory')
    const removed: string[] = []
    const stop = keys.watch((key) => removed.push(key))
    expect(keys.has(first.publicKey)).toBe(true)
    const second = writeKeyFiles(path, 'second')
    rmSync(first.publicFile)
    await eventually(() => keys.has(second.publicKey))
    expect(keys.has(first.publicKey)).toBe(false)
    expect(removed).toEqual([first.publicKey])
    stop()
  })

  it('is followed when it is replaced as a whole', async () => {
    using directory = new TemporaryDirectory()
    const path = join(directory.path, 'clients')
    const { publicKey } = writeKeyFiles(path, 'first')
    const keys = new KeyDirectory(path, 'security.allowDirectory')
    const removed: string[] = []
    const stop = keys.watch((key) => removed.push(key))
    rmSync(path, { recursive: true })
    mkdirSync(path)
    const { publicKey: other } = writeKeyFiles(path, 'other')
    await eventually(() => keys.has(other))
    expect(removed).toEqual([publicKey])
    stop()
  })

  it('is refused when it is not there', () => {
    expect(() => new KeyDirectory('/no/such/directory', 'security.allowDirectory')).toThrow(
      /security\.allowDirectory: the directory \/no\/such\/directory cannot be read \(ENOENT\)/,
    )
  })
})

describe('warnings of refusals', () => {
  it('are told once a minute each, and ten at most', () => {
    let now = 0
    const told: string[] = []
    const tell = sparingly(
      () => now,
      (text) => told.push(text),
    )
    for (let round = 0; round < 2; round++) for (let n = 0; n < 20; n++) tell(new LinkError(`refused ${n}`))
    expect(told).toHaveLength(10)
    now = 60_000
    tell(new LinkError('refused 0'))
    expect(told).toHaveLength(11)
  })
})
