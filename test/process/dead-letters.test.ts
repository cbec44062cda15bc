import { copyFile, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory } from '../support/left-behind.ts'
import { SluiceCommand } from '../support/sluice-command.ts'

const mending = fileURLToPath(new URL('fixtures/cli/mending.ts', import.meta.url))

async function sluice(...args: readonly string[]): Promise<{ code: unknown; out: string; err: string }> {
  using command = new SluiceCommand(args)
  const code = await command.ends()
  return { code, out: command.out, err: command.err }
}

describe.each(['inline', 'process'])('dead letters of stages that run %s', (place) => {
  it('are kept in a file, shown, mended by hand, and tried again where they had failed', async () => {
    using folder = new TemporaryDirectory()
    const file = join(folder.path, 'letters.jsonl')
    const first = await sluice('run', mending, '--json', '--on', place, '--', file)
    expect((JSON.parse(first.out) as RunReport).ledger).toMatchObject({ delivered: 2, deadLettered: 2 })
    expect(first.code).toBe(1)

    const shown = await sluice('deadletters', 'show', file)
    expect(shown.out).toContain('dryer/0  TypeError: cracked bowl leaks  (2 attempts, id ')
    expect(shown.out).toContain('"stains":{"$integer":"1152921504606846976"}')

    // One dish is glued; the other fails again, and is a letter again.
    await writeFile(file, (await readFile(file, 'utf8')).replace('cracked jug', 'glued jug'))
    const again = await sluice('deadletters', 'retry', file, mending, '--json', '--on', place, '--', file)
    expect((JSON.parse(again.out) as RunReport).ledger).toMatchObject({
      accepted: 2,
      delivered: 1,
      deadLettered: 1,
    })
    expect(again.err).toContain('on the shelf: glued jug')
    expect(again.code).toBe(1)
    expect(existsSync(`${file}.retrying`)).toBe(false)

    const last = await sluice('deadletters', 'retry', file, mending, '--on', place, '--', file, 'lenient')
    expect(last.err).toContain('on the shelf: cracked bowl')
    expect(last.code).toBe(0)
    expect(existsSync(file)).toBe(false)
  })
})

describe('sluice deadletters retry', () => {
  it('refuses to begin while an earlier one has left its letters aside', async () => {
    using folder = new TemporaryDirectory()
    const file = join(folder.path, 'letters.jsonl')
    await sluice('run', mending, '--', file)
    await copyFile(file, `${file}.retrying`)
    const { code, err } = await sluice('deadletters', 'retry', file, mending, '--', file)
    expect(err).toContain('is left from an earlier retry that did not end well')
    expect(code).toBe(2)
    expect(existsSync(file)).toBe(true)
  })

  it('keeps all letters aside when lines could not be read', async () => {
    using folder = new TemporaryDirectory()
    const file = join(folder.path, 'letters.jsonl')
    await sluice('run', mending, '--', file)
    await writeFile(file, `${await readFile(file, 'utf8')}{"id":"half`)
    const { code, err } = await sluice('deadletters', 'retry', file, mending, '--', file, 'lenient')
    expect(err).toContain(
      `0 messages have not ended well, 1 lines could not be read; all of it is kept in ${file}.retrying`,
    )
    expect(code).toBe(1)
  })
})
