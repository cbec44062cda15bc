/** What is published works where there is nothing but Node and npm. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { installInto, packInto, published, run } from './packed.ts'

const folder = mkdtempSync(join(tmpdir(), 'sluice-packages-'))
let project: string
let tarballs: Readonly<Record<string, string>>

beforeAll(async () => {
  tarballs = await packInto(folder)
  project = await installInto(folder, tarballs)
})

afterAll(() => rmSync(folder, { recursive: true }))

const lastLine = (output: string): unknown => JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')

test.for(published)('publint finds nothing in @sluice/%s', async (name) => {
  const report = await run(folder, 'publint', 'run', tarballs[name]!, '--strict')
  expect(report).toContain('All good!')
})

test.for(['core', 'patterns', 'testing'])(
  'the types of @sluice/%s are right however it is imported',
  async (name) => {
    const args = ['--profile', 'esm-only', '--no-definitely-typed', '--no-emoji', '--no-color', '--quiet']
    await run(folder, 'attw', tarballs[name]!, ...args)
  },
)

test.for(published)('@sluice/%s carries what it needs and no tests', async (name) => {
  const files = (await run(folder, 'tar', '-tf', tarballs[name]!)).split('\n')
  for (const file of ['LICENSE', 'package.json']) expect(files).toContain(`package/${file}`)
  expect(files.filter((file) => /\btests?\b|node_modules|tsconfig/.test(file))).toEqual([])
})

test('a pipeline runs from an installed package, in JavaScript, on processes', async () => {
  const ledger = lastLine(await run(project, 'node', 'run.js'))
  expect(ledger).toMatchObject({ accepted: 1_000, delivered: 1_000, failed: 0, undelivered: 0 })
})

test('a program in TypeScript compiles against the declarations, as strictly as it likes, and runs', async () => {
  await run(project, 'tsc', '-p', project)
  const report = lastLine(await run(project, 'node', 'typed.ts'))
  expect(report).toEqual({ ledger: 2, link: 1, seen: ['salad true', 'bread true', 'dessert'] })
})

test('the command is installed with its package', async () => {
  const output = await run(project, 'npx', '--no', 'sluice', 'run', 'numbers.js', '--json')
  expect(lastLine(output)).toMatchObject({ ledger: { accepted: 1_000, delivered: 1_000 } })
})
