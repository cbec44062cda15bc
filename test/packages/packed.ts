/** The published packages as their users get them: built, packed and installed into an empty project. */
import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '../architecture/source.ts'

const execute = promisify(execFile)

/** What is published, in the order in which it is built. */
export const published: readonly string[] = ['core', 'patterns', 'testing', 'cli']

/** Runs one of this repository's tools, or node, npm and what npm brings; resolves to its output, rejects with it. */
export async function run(folder: string, command: string, ...args: readonly string[]): Promise<string> {
  try {
    const { stdout } = await execute(command, args, { cwd: folder, timeout: 100_000, env: environment() })
    return stdout
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    throw new Error([`${command} ${args.join(' ')} failed`, stdout, stderr].join('\n'), { cause: error })
  }
}

/** As on a user's machine: what npm and vitest tell their children of this repository is not for these. */
function environment(): NodeJS.ProcessEnv {
  const own = Object.entries(process.env).filter(
    ([name]) => !/^(npm_(package|lifecycle)|NODE_(ENV|OPTIONS)|VITEST)/.test(name),
  )
  const path = [join(root, 'node_modules', '.bin'), process.env['PATH']].join(':')
  return { ...Object.fromEntries(own), PATH: path }
}

/** Builds every published package and packs it into a folder; resolves to the tarballs by package. */
export async function packInto(folder: string): Promise<Readonly<Record<string, string>>> {
  await run(root, process.execPath, 'scripts/build.ts')
  const workspaces = published.flatMap((name) => ['-w', `@sluice/${name}`])
  const packed = await run(root, 'npm', 'pack', '--silent', ...workspaces, '--pack-destination', folder)
  const tarballs: Record<string, string> = {}
  for (const file of packed.trim().split('\n')) {
    const name = published.find((each) => file.startsWith(`sluice-${each}-`))
    if (name !== undefined) tarballs[name] = join(folder, file)
  }
  return tarballs
}

/** Installs the tarballs into an empty project beside them, with the programs of ./project; resolves to its folder. */
export async function installInto(
  folder: string,
  tarballs: Readonly<Record<string, string>>,
): Promise<string> {
  const project = join(folder, 'project')
  mkdirSync(project)
  cpSync(join(root, 'test/packages/project'), project, { recursive: true })
  const { devDependencies, allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    devDependencies: Readonly<Record<string, string>>
    allowScripts: unknown
  }
  const dependencies = Object.fromEntries(
    Object.entries(tarballs).map(([name, path]) => [`@sluice/${name}`, `file:${path}`]),
  )
  const manifest = {
    type: 'module',
    private: true,
    dependencies: { ...dependencies, '@types/node': devDependencies['@types/node'] },
    allowScripts,
  }
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest))
  await run(project, 'npm', 'install', '--prefer-offline', '--no-audit', '--no-fund', '--loglevel=error')
  return project
}
