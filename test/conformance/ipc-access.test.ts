/** Ipc paths: whose directory they lie in, who may connect, and that none is taken over. */
import { chmodSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { LinkError } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory } from '../support/left-behind.ts'
import { comesThrough, secured } from '../support/secured.ts'

const modeOf = (path: string): number => statSync(path).mode & 0o777
const pathOf = (endpoint: string): string => endpoint.slice('ipc://'.length)

describe.each(secured)('an ipc path of $name', (pattern) => {
  it('of the system’s choice lies in a directory that only this user can enter', async () => {
    await using host = pattern.receiver({ bind: 'ipc://*' })
    expect(modeOf(dirname(pathOf(await host.endpoint())))).toBe(0o700)
  })

  it('of the caller’s is open to this user alone, whatever the umask', async () => {
    using directory = new TemporaryDirectory()
    const before = process.umask(0)
    try {
      await using host = pattern.receiver({ bind: `ipc://${directory.path}/closed` })
      await using guest = pattern.sender({ connect: await host.endpoint() })
      expect(modeOf(pathOf(await host.endpoint()))).toBe(0o600)
      await comesThrough({ sender: guest, receiver: host })
      await using open = pattern.receiver({ bind: `ipc://${directory.path}/open`, insecure: true })
      expect(modeOf(pathOf(await open.endpoint()))).toBe(0o777)
    } finally {
      process.umask(before)
    }
  })

  it('is refused where everybody could put another in its place', async () => {
    using directory = new TemporaryDirectory()
    const shared = join(directory.path, 'shared')
    mkdirSync(shared)
    chmodSync(shared, 0o777)
    await using host = pattern.receiver({ bind: `ipc://${shared}/socket` })
    await expect(host.endpoint()).rejects.toThrow(/everybody may write in .*insecure: true/)
    // As in /tmp: nobody but its owner can remove a file.
    chmodSync(shared, 0o1777)
    await using other = pattern.receiver({ bind: `ipc://${shared}/socket` })
    await other.endpoint()
  })

  it('that is in use is refused, and goes on to be served', async () => {
    using directory = new TemporaryDirectory()
    const bind = `ipc://${directory.path}/socket`
    await using host = pattern.receiver({ bind })
    await host.endpoint()
    await using thief = pattern.receiver({ bind })
    await expect(thief.endpoint()).rejects.toThrow(LinkError)
    await using guest = pattern.sender({ connect: bind })
    await comesThrough({ sender: guest, receiver: host })
  })
})
