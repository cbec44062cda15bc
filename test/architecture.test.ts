/** What must never be: each rule is kept by the tree, and is shown to see what it is there to see. */
import { describe, expect, test } from 'vitest'
import {
  lmdbAtHome,
  msgpackrAtHome,
  packagesByName,
  packagesLookDown,
  patternsApart,
  patternsTakeParts,
  zeromqAtHome,
} from './architecture/boundaries.ts'
import { exportsAreDocumented } from './architecture/documented.ts'
import { noCycles, noDefaultExports, noStarExports } from './architecture/modules.ts'
import { noLongFiles, noLongFunctions, noVagueNames } from './architecture/names.ts'
import { coreLooksDown, flowIsPure } from './architecture/rooms.ts'
import { describeViolation, plant } from './architecture/rule.ts'
import type { Rule } from './architecture/rule.ts'
import { readTree } from './architecture/source.ts'
import { noModuleState, programsAreNotImported } from './architecture/state.ts'
import { noConsole, noLeftovers, noOnly, patternsKnowNoScheme } from './architecture/words.ts'

const rules: readonly Rule[] = [
  zeromqAtHome,
  lmdbAtHome,
  msgpackrAtHome,
  packagesLookDown,
  packagesByName,
  patternsApart,
  patternsTakeParts,
  patternsKnowNoScheme,
  coreLooksDown,
  flowIsPure,
  noCycles,
  noStarExports,
  noDefaultExports,
  noModuleState,
  programsAreNotImported,
  noConsole,
  noVagueNames,
  noLongFiles,
  noLongFunctions,
  exportsAreDocumented,
  noLeftovers,
  noOnly,
]

const tree = readTree()

test('the tree that the rules read is the whole of it', () => {
  const seen = tree.map(({ path }) => path)
  expect(seen).toContain('packages/core/src/index.ts')
  expect(seen).toContain('test/architecture.test.ts')
  expect(seen.some((path) => /node_modules|dist/.test(path))).toBe(false)
})

describe.each(rules)('$holds', (rule) => {
  test('holds', () => {
    expect(rule.find(tree).map(describeViolation)).toEqual([])
  })

  test.each(Object.entries(rule.breaks))('is seen to break: %s', (_, files) => {
    const found = rule.find(plant(files))
    expect(found).not.toEqual([])
    for (const { path } of found) expect(Object.keys(files)).toContain(path)
  })

  test.each(Object.entries(rule.keeps))('is seen to hold: %s', (_, files) => {
    expect(rule.find(plant(files)).map(describeViolation)).toEqual([])
  })
})
