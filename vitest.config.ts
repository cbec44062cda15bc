import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'
import type { ViteUserConfig } from 'vitest/config'

/** Packages are resolved to their sources, here and in every process that a test starts. */
const conditions = ['sluice-source']

/** Where Node.js keeps what it compiled; it looks whether a file has changed. */
const compiled = fileURLToPath(new URL('node_modules/.cache/sluice-compiled', import.meta.url))

/** Kinds of tests that have a folder of their own; whatever lies elsewhere under test/ counts as unit. */
const folders = [
  'property',
  'conformance',
  'protocol',
  'simulation',
  'interop',
  'docs',
  'packages',
  'process',
  'chaos',
]

interface Kind {
  readonly name: string
  /** After which a test hangs, however busy the machine is. */
  readonly timeoutMs: number
  /** Folders under test/; without any, all that no other kind has. */
  readonly in?: readonly string[]
  /** Whole processes and changed environments: each file in a worker of its own. */
  readonly apart?: true
  /** Limits of the machine: one file at a time, after everything else. */
  readonly alone?: true
}

const kinds: readonly Kind[] = [
  { name: 'unit', timeoutMs: 60_000 },
  { name: 'property', timeoutMs: 180_000, in: ['property', 'simulation'] },
  { name: 'conformance', timeoutMs: 60_000, in: ['conformance'] },
  { name: 'protocol', timeoutMs: 120_000, in: ['protocol'] },
  { name: 'interop', timeoutMs: 120_000, in: ['interop', 'docs', 'packages'], apart: true },
  { name: 'process', timeoutMs: 120_000, in: ['process'], apart: true },
  { name: 'chaos', timeoutMs: 120_000, in: ['chaos'], apart: true, alone: true },
]

function patterns(names: readonly string[]): string[] {
  return names.map((name) => `test/${name}/**/*.test.ts`)
}

const config: ViteUserConfig = defineConfig({
  test: {
    reporters: ['default', './test/support/closing-reporter.ts'],
    allowOnly: false,
    projects: kinds.map(({ name, timeoutMs, apart, alone, in: own }) => ({
      resolve: { conditions },
      ssr: { resolve: { conditions } },
      test: {
        name,
        include: own === undefined ? ['test/**/*.test.ts'] : patterns(own),
        exclude: own === undefined ? patterns(folders) : [],
        testTimeout: timeoutMs,
        hookTimeout: timeoutMs,
        // A worker thread that ends while a ZeroMQ operation is pending takes the whole process with it.
        pool: 'forks' as const,
        // Modules have no state: the files of one worker share them, which costs a third.
        isolate: apart === true,
        // Processes that tests start read our sources compiled: five times sooner there than from TypeScript.
        env: { NODE_COMPILE_CACHE: compiled },
        execArgv: conditions.map((condition) => `--conditions=${condition}`),
        fileParallelism: alone !== true,
        maxWorkers: alone === true ? 1 : 2,
        maxConcurrency: 2,
        sequence: { groupOrder: alone === true ? 1 : 0 },
      },
    })),
  },
})

export default config
