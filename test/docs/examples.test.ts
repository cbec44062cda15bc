/** Every program that the documentation shows is compiled as strictly as ours, and run to its end if it can be. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { paths, root } from '../architecture/source.ts'
import { programsOfPage, programsOfSource } from './extract.ts'

const run = promisify(execFile)
const read = (path: string): string => readFileSync(join(root, path), 'utf8')

const programs = [
  ...paths('{*.md,docs/**/*.md,packages/*/*.md}').flatMap((path) => programsOfPage(path, read(path))),
  ...paths('packages/*/src/**/*.ts').flatMap((path) => programsOfSource(path, read(path))),
].map((program, index) => ({ ...program, file: `program-${index}.ts` }))

let folder: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-docs-'))
  // What a reader would have installed.
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n')
  const tsconfig = {
    extends: join(root, 'tsconfig.json'),
    compilerOptions: { moduleDetection: 'force', noUnusedLocals: false, noUnusedParameters: false },
    include: ['*.ts'],
  }
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const { file, code } of programs) writeFileSync(join(folder, file), code)
})

afterAll(() => rmSync(folder, { recursive: true }))

/** What a command printed on its standard output, whether it passed or failed. */
async function outputOf(command: string, args: readonly string[]): Promise<string> {
  try {
    return (await run(command, args)).stdout
  } catch (error) {
    return (error as { stdout: string }).stdout
  }
}

test('the programs of the documentation compile', async () => {
  const output = await outputOf(join(root, 'node_modules/.bin/tsc'), ['-p', folder])
  // Where the compiler points at is where the program stands.
  const complaints = output.replaceAll(
    /\S*program-(\d+)\.ts/g,
    (_, index) => programs[Number(index)]?.at ?? '',
  )
  expect(complaints).toBe('')
})

const runnable = programs.filter(({ notRun }) => notRun === undefined)

test.concurrent.for(runnable)('$at runs to its end', async ({ file }) => {
  await run(process.execPath, ['--conditions=sluice-source', file], { cwd: folder, timeout: 60_000 })
})
