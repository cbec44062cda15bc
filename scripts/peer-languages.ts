/** The languages of packages/examples/peers: what each needs, and how its peers are built and run. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from './command.ts'

/** What a peer does; a program each. */
export const roles = ['push', 'pull', 'req', 'rep'] as const
export type Role = (typeof roles)[number]

/** One language's peers. */
export interface PeerLanguage {
  readonly name: string
  /** Where its sources lie. */
  readonly folder: string
  /** Commands that have to answer here before it can be built, each with what it is called. */
  readonly needs: readonly (readonly [what: string, command: Command])[]
  /** Sources and build files, relative to the folder. */
  readonly sources: readonly string[]
  /** Run in the folder. */
  readonly build: Command
  /** The source of a peer, relative to the folder. */
  readonly source: (role: Role) => string
  /** Starts a peer; its arguments follow. */
  readonly run: (role: Role) => Command
}

const peers = fileURLToPath(new URL('../packages/examples/peers', import.meta.url))
const libzmq = [
  'libzmq with its headers (Debian: libzmq3-dev)',
  ['pkg-config', '--exists', 'libzmq'],
] as const
const msgpack = ['sh', '-c', 'pkg-config --exists msgpack-c || pkg-config --exists msgpack'] as const
const capital = (role: Role): string => role.charAt(0).toUpperCase() + role.slice(1)

/** Those that are compiled. Python's peers need no build. */
export const compiled: readonly PeerLanguage[] = [
  {
    name: 'Go',
    folder: join(peers, 'go'),
    needs: [['go', ['go', 'version']], ['cc', ['cc', '--version']], libzmq],
    sources: ['go.mod', 'go.sum', '*/main.go'],
    build: ['go', 'build', '-o', 'bin/', './...'],
    source: (role) => `${role}/main.go`,
    run: (role) => [join(peers, 'go/bin', role)],
  },
  {
    name: 'Rust',
    folder: join(peers, 'rust'),
    needs: [
      ['cargo', ['cargo', '--version']],
      ['c++', ['c++', '--version']],
    ],
    sources: ['Cargo.toml', 'Cargo.lock', 'src/bin/*.rs'],
    build: ['cargo', 'build', '--locked', '--quiet'],
    source: (role) => `src/bin/${role}.rs`,
    run: (role) => [join(peers, 'rust/target/debug', role)],
  },
  {
    name: 'Java',
    folder: join(peers, 'java'),
    needs: [
      ['a JDK of 17 or later', ['javac', '--release', '17', '--version']],
      ['mvn', ['mvn', '--version']],
    ],
    sources: ['pom.xml', 'src/main/java/*.java'],
    build: ['mvn', '--quiet', '--batch-mode', 'package'],
    source: (role) => `src/main/java/${capital(role)}.java`,
    run: (role) => [
      'java',
      '-cp',
      join(peers, 'java/target/classes:') + join(peers, 'java/target/lib/*'),
      capital(role),
    ],
  },
  {
    name: 'C',
    folder: join(peers, 'c'),
    needs: [
      ['cc', ['cc', '--version']],
      ['make', ['make', '--version']],
      libzmq,
      ['msgpack-c with its headers (Debian: libmsgpack-dev)', msgpack],
    ],
    sources: ['Makefile', '*.c'],
    build: ['make', '--silent'],
    source: (role) => `${role}.c`,
    run: (role) => [join(peers, 'c/bin', role)],
  },
]

/** Python's, run by the interpreter that is given. */
export function pythonPeers(interpreter: string): PeerLanguage {
  const folder = join(peers, 'python')
  return {
    name: 'Python',
    folder,
    needs: [],
    sources: ['*.py'],
    build: ['true'],
    source: (role) => `${role}.py`,
    run: (role) => [interpreter, join(folder, `${role}.py`)],
  }
}

/** What this machine lacks to build a language's peers, or undefined. */
export function lacking({ needs }: PeerLanguage): string | undefined {
  return needs.find(
    ([, [command, ...args]]) => spawnSync(command, args, { stdio: 'ignore' }).status !== 0,
  )?.[0]
}

/** Whether the peers were built from the sources as they are now. */
export function isBuilt(language: PeerLanguage): boolean {
  const stamp = stampOf(language)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(language)
}

/** Remembers that they were. */
export function markBuilt(language: PeerLanguage): void {
  writeFileSync(stampOf(language), fingerprint(language))
}

function stampOf({ folder }: PeerLanguage): string {
  return join(folder, '.built')
}

function fingerprint({ folder, sources, build }: PeerLanguage): string {
  const hash = createHash('sha256').update(build.join('\0'))
  for (const file of globSync([...sources], { cwd: folder }).sort()) {
    hash.update(`\0${file}\0`).update(readFileSync(join(folder, file)))
  }
  return hash.digest('hex')
}
