import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { RunReport } from '@sluice/core'
import { describe, expect, it } from 'vitest'
import { TemporaryDirectory } from '../support/left-behind.ts'
import { SluiceCommand } from '../support/sluice-command.ts'

const dishes = fileURLToPath(new URL('../../packages/examples/dishes/dishes.ts', import.meta.url))

describe('the dishes', () => {
  it('are dried by three processes, slowed to their pace, and each is answered for', async () => {
    using command = new SluiceCommand(['run', dishes, '--json', '--', '--dishes', '36'])
    expect(await command.ends()).toBe(0)
    const { ledger, links } = JSON.parse(command.out) as RunReport
    expect(ledger).toMatchObject({ accepted: 36, delivered: 36 })
    expect(links['dryer:shelf']?.sender).toMatchObject({ accepted: 36, delivered: 36 })
    expect(links['washer:dryer']?.sender?.waits).toBeGreaterThan(0)
    for (const replica of [0, 1, 2]) expect(command.err).toContain(`dryer/${replica} | dried`)
    for (const kind of ['salad', 'bread', 'entree', 'dessert'])
      expect(command.err).toContain(`put away ${kind}`)
    expect(command.err).toMatch(/washed .*, waited \d+ ms for room/)
  })

  it('do not care whether the tally is there', async () => {
    using directory = new TemporaryDirectory()
    const endpoints = ['washer:dryer', 'dryer:shelf', 'shelf:tally'].flatMap((link, at) => [
      '--endpoint',
      // The dryers are three, so the one at the other end of each of their links binds.
      `${link}=ipc://${join(directory.path, String(at))}`,
    ])
    const stages = ['washer', 'dryer', 'shelf'].map(
      (stage) =>
        new SluiceCommand(['run', dishes, '--json', '--stage', stage, ...endpoints, '--', '--dishes', '12']),
    )
    expect(await Promise.all(stages.map((stage) => stage.ends()))).toEqual([0, 0, 0])
    const [, dryer, shelf] = stages.map(({ out }) => JSON.parse(out) as RunReport)
    // On a machine that is slow a dish is not answered for in time, and may come again: once more for each time that it was sent.
    const again = dryer?.links['dryer:shelf']?.sender?.redelivered ?? 0
    const came = shelf?.stages['shelf']?.in
    expect(came).toBeGreaterThanOrEqual(12)
    expect(came).toBeLessThanOrEqual(12 + again)
    expect(shelf?.links['shelf:tally']?.sender).toMatchObject({ accepted: came, dropped: came })
  })

  it('refuse a number that is none', async () => {
    using command = new SluiceCommand(['run', dishes, '--', '--dishes', 'many'])
    expect(await command.ends()).toBe(2)
    expect(command.err).toContain('--dishes was given many; allowed: a whole number from 0')
  })
})
