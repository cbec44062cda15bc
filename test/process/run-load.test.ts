import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { Program } from '../support/program.ts'

/** The head of every module that a case writes: a pipeline of a given name. */
const head = `
import { pipeline } from '@sluice/core'
const made = (name) => pipeline(name).source('count', () => [1]).sink('show', () => undefined)
`

interface Case {
  readonly holds: string
  /** What stands behind the head; undefined: no such file. */
  readonly text: string | undefined
  readonly name?: string
  readonly says: RegExp
}

const cases: readonly Case[] = [
  { holds: 'the default export', text: "export default made('a'); export const b = made('b')", says: /^a$/ },
  { holds: 'the only export', text: "export const b = made('b')", says: /^b$/ },
  {
    holds: 'a named export',
    text: "export default made('a'); export const b = made('b')",
    name: 'b',
    says: /^b$/,
  },
  {
    holds: 'a function of the arguments',
    text: 'export default ({ args }) => made(args[0])',
    says: /^given$/,
  },
  { holds: 'an async function', text: 'export default async ({ args }) => made(args[0])', says: /^given$/ },
  { holds: 'no file', text: undefined, says: /^OptionError: there is no file .*\.ts; allowed: a module/ },
  { holds: 'no sense', text: 'export const = 3', says: /^OptionError: .*\.ts does not compile: / },
  {
    holds: 'what throws',
    text: "throw new RangeError('too late')",
    says: /^OptionError: .*\.ts failed while it was loaded: too late$/,
  },
  {
    holds: 'an import that is not there',
    text: "import './nowhere.ts'",
    says: /^OptionError: .*\.ts failed while it was loaded: Cannot find module .*nowhere\.ts/,
  },
  {
    holds: 'no pipeline',
    text: 'export const a = 1',
    says: /^OptionError: .*\.ts exports no pipeline; allowed: export default pipeline\(…\)$/,
  },
  {
    holds: 'another pipeline',
    text: "export const b = made('b')",
    name: 'a',
    says: /^OptionError: .*\.ts exports no pipeline named 'a'; it exports b; export that one too$/,
  },
  {
    holds: 'several pipelines',
    text: "export const a = made('a'); export const b = made('b')",
    says: /^OptionError: .*\.ts exports several pipelines: a, b; make one of them the default export$/,
  },
  {
    holds: 'a function that makes none',
    text: 'export default () => 7',
    says: /^OptionError: the default export of .*\.ts is a function that returned no pipeline/,
  },
  {
    holds: 'a function that throws',
    text: "export default () => { throw new Error('no dishes') }",
    says: /^OptionError: the default export of .*\.ts failed: no dishes$/,
  },
]

it('finds the pipeline of a module, or says what is wrong with it', async () => {
  // Beside the fixtures, where a module finds the packages.
  const directory = mkdtempSync(fileURLToPath(new URL('./fixtures/load-', import.meta.url)))
  try {
    const files = cases.map(({ text, name }, at) => {
      const file = join(directory, `case-${at}.ts`)
      if (text !== undefined) writeFileSync(file, head + text)
      return name === undefined ? file : `${file}#${name}`
    })
    using program = new Program('load.ts', files)
    expect(await program.ends()).toBe(0)
    const told = cases.map(({ holds, says }, at) => [
      holds,
      says.test(program.out[at] ?? '') || program.out[at],
    ])
    expect(told).toEqual(cases.map(({ holds }) => [holds, true]))
  } finally {
    rmSync(directory, { recursive: true })
  }
})
