/** The Python client as somebody installs it: what its README says is run, word for word but for the places. */
import { execFile } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { root } from '../architecture/source.ts'
import { TemporaryDirectory } from '../support/left-behind.ts'
import { needsPython, setUpPython } from '../support/python.ts'
import { needs } from '../support/skip.ts'

const run = promisify(execFile)
/** What pip says where it reaches no index. */
const unreachable = /NewConnectionError|Could not find a version|No matching distribution/
const readme = readFileSync(join(root, 'clients/python/README.md'), 'utf8')

function blocks(language: string): string[] {
  return [...readme.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'gm'))].map(
    ([, code = '']) => code,
  )
}

describe('the Python client', () => {
  let ready = false
  let directory: TemporaryDirectory
  let environment: string
  let printed = ''
  let reached = true

  beforeAll(async () => {
    directory = new TemporaryDirectory()
    environment = join(directory.path, 'kitchen')
    ready = setUpPython()
    if (!ready) return
    const [install = ''] = blocks('sh')
    const script = `set -e\n${install.replaceAll('/tmp/kitchen', environment)}`
    try {
      printed = (await run('sh', ['-c', script], { cwd: root })).stdout
    } catch (error) {
      if (!unreachable.test(String(error))) throw error
      reached = false
    }
  })
  beforeEach((context) => {
    needsPython(context, ready)
    needs(context, 'a package index that pip reaches', reached)
  })
  afterAll(() => directory[Symbol.dispose]())

  const python = (...args: string[]): Promise<{ stdout: string }> =>
    run(join(environment, 'bin/python'), args, { cwd: directory.path })

  it('is installed into an empty environment, with its types', async () => {
    expect(printed).toMatch(/\bConsumer\b.*\bProducer\b/)
    const where = await python('-c', 'import sluice, pathlib; print(pathlib.Path(sluice.__file__).parent)')
    expect(where.stdout.startsWith(environment)).toBe(true)
    expect(existsSync(join(where.stdout.trim(), 'py.typed'))).toBe(true)
  })

  it('does what the two programs of its README say', async () => {
    const programs = blocks('python').filter((code) => code.includes('tcp://127.0.0.1:5555'))
    const endpoint = `ipc://${directory.path}/dishes`
    const files = programs.map((code, at) => {
      const file = join(directory.path, `program-${at}.py`)
      writeFileSync(file, code.replaceAll('tcp://127.0.0.1:5555', endpoint))
      return file
    })
    const said = await Promise.all(files.map((file) => python(file)))
    expect(said.map(({ stdout }) => stdout)).toEqual(['put away: plate\nput away: bowl\nput away: cup\n', ''])
  })

  it('has every name that its README imports', async () => {
    const imports = blocks('python').flatMap((code) =>
      code.split('\n').filter((line) => /^(from|import) /.test(line)),
    )
    expect(imports.length).toBeGreaterThan(2)
    await python('-c', imports.join('\n'))
    for (const code of blocks('python'))
      await python('-c', `compile(${JSON.stringify(code)}, 'readme', 'exec')`)
  })
})
