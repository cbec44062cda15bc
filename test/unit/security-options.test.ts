/** What `security` and `insecure` are checked for, before any I/O. */
import { Context, OptionError, Security, securityFromEnvironment } from '@sluice/core'
import type { ReceiverOptions } from '@sluice/core'
import { Consumer } from '@sluice/patterns/backpressure'
import { Puller } from '@sluice/patterns/fire-and-forget'
import { Replier } from '@sluice/patterns/request-reply'
import { describe, expect, it } from 'vitest'
import { newKeys } from '../support/secured.ts'

const keys = newKeys()

describe('binding tcp where others can reach it', () => {
  const openers = [
    (options: ReceiverOptions) => new Consumer(options),
    (options: ReceiverOptions) => new Puller(options),
    (options: ReceiverOptions) => new Replier(options),
  ]

  it.each(['tcp://*:*', 'tcp://0.0.0.0:*', 'tcp://[::]:*', 'tcp://10.0.0.1:5555', 'tcp://eth0:*'])(
    'is refused without keys: %s',
    (bind) => {
      for (const open of openers) {
        expect(() => open({ bind })).toThrow(OptionError)
        expect(() => open({ bind: ['tcp://127.0.0.1:*', bind] })).toThrow(/sluice keygen.*insecure: true/)
      }
    },
  )

  it.each(['tcp://127.0.0.1:*', 'tcp://127.0.0.2:*', 'tcp://lo:*', 'tcp://[::1]:*'])(
    'is no matter on loopback: %s',
    async (bind) => {
      const puller = new Puller({ bind })
      puller.closed.catch(() => undefined)
      await puller.close()
    },
  )

  it('is allowed with keys, and where the caller says insecure', async () => {
    for (const guard of [{ security: keys }, { insecure: true }]) {
      const consumer = new Consumer({ bind: 'tcp://0.0.0.0:*', ...guard })
      await consumer.endpoints()
      await consumer.close()
    }
  })

  it('is refused behind a context of the caller as well', async () => {
    await using context = new Context()
    expect(() => new Consumer({ bind: 'tcp://0.0.0.0:*', context })).toThrow(OptionError)
  })
})

describe('security', () => {
  const wrong: readonly [string, object, string, RegExp][] = [
    ['no key pair', { serverKey: keys.publicKey }, 'security.keyFile', /there is no key pair/],
    ['half of one', { publicKey: keys.publicKey }, 'security.keyFile', /there is no key pair/],
    [
      'a server key that is none',
      { ...keys, serverKey: 'abc' },
      'security.serverKey',
      /'abc' is no public key/,
    ],
    ['a listed key that is none', { ...keys, allow: ['abc'] }, 'security.allow', /'abc' is no public key/],
    [
      'two sources of one',
      { ...keys, keyFile: 'a' },
      'security.secretKey',
      /keyFile and secretKey were both given/,
    ],
    ['a name with a slip', { ...keys, serverkey: 'a' }, 'security.serverkey', /did you mean serverKey\?/],
  ]

  it.each(wrong)('is refused with %s', (_what, security, option, message) => {
    const make = () => new Consumer({ bind: 'tcp://127.0.0.1:*', security })
    expect(make).toThrow(message)
    expect(make).toThrow(expect.objectContaining({ option }))
  })

  it('never shows a secret that is no key', () => {
    const secretKey = 'not a key, and yet a secret'
    const make = () => new Consumer({ bind: 'tcp://127.0.0.1:*', security: { ...keys, secretKey } })
    expect(make).toThrow(
      expect.objectContaining({ message: expect.not.stringContaining(secretKey) as string }),
    )
  })

  it('knows the server of each endpoint, where there are several', () => {
    const serverKey = { 'tcp://a:1': newKeys().publicKey, 'tcp://b:1': newKeys().publicKey }
    const security = new Security({ ...keys, serverKey })
    expect(security.serverKeyOf('tcp://b:1')).toBe(serverKey['tcp://b:1'])
    expect(() => security.serverKeyOf('tcp://c:1')).toThrow(/there is none for 'tcp:\/\/c:1'/)
  })

  it('is refused before any port is open where it has no key for an endpoint', () => {
    const security = { ...keys, serverKey: { 'tcp://a:1': keys.publicKey } }
    expect(() => new Consumer({ bind: 'ipc://*', connect: 'tcp://b:1', security })).toThrow(
      /there is none for 'tcp:\/\/b:1'/,
    )
  })

  it('is read from the environment', () => {
    const { publicKey } = newKeys()
    expect(securityFromEnvironment({ PATH: '/bin' })).toBeUndefined()
    expect(
      securityFromEnvironment({
        SLUICE_CURVE_KEY_FILE: 'a.key_secret',
        SLUICE_CURVE_SERVER_KEY: `tcp://a:1=${publicKey}, tcp://b:1=${keys.publicKey}`,
        SLUICE_CURVE_ALLOW: `${publicKey},${keys.publicKey}`,
      }),
    ).toEqual({
      keyFile: 'a.key_secret',
      serverKey: { 'tcp://a:1': publicKey, 'tcp://b:1': keys.publicKey },
      allow: [publicKey, keys.publicKey],
    })
    expect(() => securityFromEnvironment({ SLUICE_CURVE_KEYFILE: 'a' })).toThrow(/there is no such variable/)
  })
})
