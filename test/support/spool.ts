/** Where a test's outbox lies: a folder of its own that is gone afterwards. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'

/** For every test of a file: tells the place of its outbox, where nothing is yet. */
export function freshOutbox(tell: (outbox: string) => void): void {
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-outbox-'))
    tell(join(folder, 'spool'))
  })
  afterEach(() => rm(folder, { recursive: true }))
}
