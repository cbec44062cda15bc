/** Every checker is proven by defects: each is planted in the code under test, and seen by the checkers that must see it. */
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { checkers } from '@sluice/testing'
import { beforeAll, describe, expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import type { Catch } from './mutants/hunt.ts'
import { mutants } from './mutants/mutants.ts'
import { mutated } from './mutants/plant.ts'

const caught = new Map<string, Catch>()

beforeAll(async () => {
  const hunt = join(root, 'test/simulation/mutants/hunt.ts')
  const { stdout } = await promisify(execFile)(process.execPath, ['--conditions=sluice-source', hunt])
  for (const line of stdout.trim().split('\n')) {
    const found = JSON.parse(line) as Catch
    caught.set(found.name, found)
  }
})

describe('a planted defect', () => {
  it.each(mutants)('"$name" is seen by $caughtBy', ({ name, caughtBy }) => {
    expect(caught.get(name)?.checkers).toEqual(expect.arrayContaining([...caughtBy]))
  })

  it('is refused where the code it is planted in has changed', () => {
    const [mutant] = mutants
    if (mutant === undefined) throw new Error('there is one')
    const source = readFileSync(join(root, 'packages', mutant.file), 'utf8')
    expect(mutated(mutant, source)).toContain(mutant.instead)
    expect(() => mutated(mutant, source.replace(mutant.fragment, ''))).toThrow('stands 0 times')
    expect(() => mutated(mutant, source + source)).toThrow('stands 2 times')
  })
})

it('every checker is proven by a defect', () => {
  const proven = new Set(mutants.flatMap(({ caughtBy }) => caughtBy))
  expect(Object.keys(checkers).filter((name) => !proven.has(name))).toEqual([])
})
