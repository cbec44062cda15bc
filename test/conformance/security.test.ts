/** CURVE on every pattern and either side, on real sockets: who comes in, who does not, and what each side is told. */
import { AllowList, LinkError, Security } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { eventually } from '../support/by-hand.ts'
import { clientOf, comesThrough, joined, newKeys, secured } from '../support/secured.ts'
import type { Secured, Side } from '../support/secured.ts'

type Binding = Secured & { readonly binds: 'sender' | 'receiver' }

const bindings: readonly Binding[] = secured.flatMap((pattern) =>
  (['receiver', 'sender'] as const).map((binds) => ({ ...pattern, binds })),
)

/** The first error a side was told, once there is one. */
async function firstError({ errors }: Side): Promise<LinkError> {
  await eventually(() => errors.length > 0)
  const [error] = errors
  expect(error).toBeInstanceOf(LinkError)
  return error!
}

describe.each(bindings)('$name whose $binds binds', (pattern) => {
  const server = newKeys()
  const client = newKeys()

  it('lets a listed key in', async () => {
    const link = await joined(
      pattern,
      pattern.binds,
      { security: { ...server, allow: [client.publicKey] } },
      { security: clientOf(server, client) },
    )
    await using _server = link.server
    await using _client = link.client
    await comesThrough(link)
    expect([...link.server.errors, ...link.client.errors]).toEqual([])
  })

  it('needs nothing but one key pair where both sides have it', async () => {
    const security = new Security(server)
    const link = await joined(pattern, pattern.binds, { security }, { security })
    await using _server = link.server
    await using _client = link.client
    await comesThrough(link)
  })

  it('refuses an unlisted key, says so on both sides, and lets it in once it is added', async () => {
    const allow = new AllowList()
    const link = await joined(
      pattern,
      pattern.binds,
      { security: { ...server, allow } },
      { security: clientOf(server, client) },
    )
    await using _server = link.server
    await using _client = link.client
    const told = await firstError(link.client)
    expect(told.message).toMatch(/add it to security\.allow of that side/)
    expect(told).toMatchObject({ reason: 'key', endpoint: await link.server.endpoint() })
    const counted = await firstError(link.server)
    expect(counted.message).toContain(client.publicKey)
    expect(counted).toMatchObject({ reason: 'key', errno: 'EACCES' })
    expect(link.server.peers()).toBe(0)
    allow.add(client.publicKey)
    await comesThrough(link)
  })

  it('cuts off a key that is taken from the list, and no other', async () => {
    const friend = newKeys()
    const allow = new AllowList([client.publicKey, friend.publicKey])
    const link = await joined(
      pattern,
      pattern.binds,
      { security: { ...server, allow } },
      { security: clientOf(server, client) },
    )
    await using _server = link.server
    await using _client = link.client
    await comesThrough(link)
    const other = pattern.binds === 'sender' ? 'receiver' : 'sender'
    await using second = pattern[other]({
      connect: await link.server.endpoint(),
      security: clientOf(server, friend),
    })
    await eventually(() => second.peers() === 1)
    allow.delete(client.publicKey)
    await firstError(link.client)
    await eventually(() => link.client.peers() === 0)
    await eventually(() => second.peers() === 1)
    expect(second.errors).toEqual([])
    const [sender, receiver] = pattern.binds === 'sender' ? [link.server, second] : [second, link.server]
    await comesThrough({ sender, receiver }, 2)
  })

  it('tells a client that takes another key for that of the server', async () => {
    const link = await joined(
      pattern,
      pattern.binds,
      { security: { ...server, allow: [client.publicKey] } },
      { security: { ...client, serverKey: newKeys().publicKey } },
    )
    await using _server = link.server
    await using _client = link.client
    expect((await firstError(link.client)).message).toMatch(/serverKey is not the key of that side/)
    expect((await firstError(link.server)).message).toContain(server.publicKey)
    expect(link.client.peers()).toBe(0)
  })

  it('refuses a client without keys, and tells it what it lacks', async () => {
    const link = await joined(pattern, pattern.binds, { security: server }, {})
    await using _server = link.server
    await using _client = link.client
    expect((await firstError(link.client)).message).toMatch(
      /give this one security: \{ keyFile, serverKey \}/,
    )
    expect(await firstError(link.server)).toMatchObject({ reason: 'mechanism' })
    expect(link.client.peers()).toBe(0)
  })

  it('does not speak to a server without keys', async () => {
    const link = await joined(pattern, pattern.binds, {}, { security: clientOf(server, client) })
    await using _server = link.server
    await using _client = link.client
    expect((await firstError(link.client)).message).toMatch(/that side does not speak CURVE/)
    expect(await firstError(link.server)).toMatchObject({ reason: 'mechanism' })
    expect(link.client.peers()).toBe(0)
  })
})
