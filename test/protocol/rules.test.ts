/** Every rule of docs/protocol.md has a test whose title begins with its id, and no test names a rule that is not there. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { conversations } from '../support/conversations.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const id = /\b(?:ENV|FNF|RR|BP|SEC|STG)-\d+\b/g

/** The rules, in the order in which they stand. */
function rules(): string[] {
  const text = readFileSync(join(root, 'docs/protocol.md'), 'utf8')
  return [...text.matchAll(/^\*\*([A-Z]+-\d+)\*\*/gm)].map(([, rule = '']) => rule)
}

function filesIn(directory: string, ending: string): string[] {
  return readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending) && !name.includes('node_modules') && !name.includes('.venv'))
    .map((name) => join(root, directory, name))
}

/** Titles of our tests: what `it`, `test` and `describe` are called with. */
function typeScriptTitles(): string[] {
  return filesIn('test', '.test.ts').flatMap((file) =>
    [
      ...readFileSync(file, 'utf8').matchAll(
        /\b(?:it|test|describe)\b[^'"`\n]*(?:\([^'"`\n]*)?\(\s*(['"`])(.*?)\1/g,
      ),
    ].map(([, , title = '']) => title),
  )
}

/** Names of the Python client's tests, where `test_bp_4_…` stands for BP-4. */
function pythonTitles(): string[] {
  return filesIn('clients/python/tests', '.py').flatMap((file) =>
    [...readFileSync(file, 'utf8').matchAll(/def test_(\w+)/g)].map(([, name = '']) =>
      name.replaceAll(
        /(env|fnf|rr|bp|sec|stg)_(\d+)(?=_|$)/g,
        (_, family: string, n) => ` ${family.toUpperCase()}-${n} `,
      ),
    ),
  )
}

const named = (titles: readonly string[]): Set<string> =>
  new Set(titles.flatMap((title) => title.match(id) ?? []))

describe('the rules of the protocol', () => {
  const known = rules()
  const tested = new Set([
    ...named(typeScriptTitles()),
    ...named(pythonTitles()),
    ...conversations().flatMap((conversation) => conversation.rules),
  ])

  it('are numbered once each', () => {
    expect(known.length).toBeGreaterThan(70)
    expect(known).toEqual([...new Set(known)])
  })

  it('are each named by a test', () => {
    expect(known.filter((rule) => !tested.has(rule))).toEqual([])
  })

  it('are the only ones that tests name', () => {
    expect([...tested].filter((rule) => !known.includes(rule))).toEqual([])
  })

  it('are the only ones that sources name', () => {
    const sources = [...filesIn('packages', '.ts'), ...filesIn('clients/python/src', '.py')]
    const strange = sources.flatMap((file) =>
      (readFileSync(file, 'utf8').match(id) ?? [])
        .filter((rule) => !known.includes(rule))
        .map((rule) => `${file}: ${rule}`),
    )
    expect(strange).toEqual([])
  })
})
