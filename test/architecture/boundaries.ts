/** Who may import whom. */
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Import, Source } from './source.ts'

/** The places from which each native or wire dependency may be imported. */
const homes: Readonly<Record<string, string>> = {
  zeromq: 'packages/core/src/zeromq/',
  msgpackr: 'packages/core/src/codec/',
  lmdb: 'packages/core/src/outbox/',
}

function imports(
  source: Source,
  bad: (it: Import) => boolean,
  what: (it: Import) => string,
): readonly Violation[] {
  return source.imports.filter(bad).map((it) => ({ path: source.path, line: it.line, what: what(it) }))
}

function isPackage(it: Import, name: string): boolean {
  return it.specifier === name || it.specifier.startsWith(`${name}/`)
}

/** Keeps a dependency in one folder of what is published. */
function atHome(name: string): Rule {
  const home = homes[name] as string
  return {
    holds: `${name} is imported in ${home} only`,
    find: each((source) =>
      source.path.startsWith('packages/') && !source.path.startsWith(home)
        ? imports(
            source,
            (it) => isPackage(it, name),
            () => `imports ${name}`,
          )
        : [],
    ),
    breaks: {
      'an import': { 'packages/patterns/src/a.ts': `import { x } from '${name}'\nx()` },
      'a type': { 'packages/core/src/port/a.ts': `import type { X } from '${name}'\nexport type Y = X` },
      'a subpath': { 'packages/core/src/a.ts': `export { x } from '${name}/deep'` },
      'a dynamic import': { 'packages/cli/src/a.ts': `export const x = () => import('${name}')` },
      'an import type': { 'packages/cli/src/a.ts': `export type X = import('${name}').X` },
    },
    keeps: {
      'its own folder': { [`${home}a.ts`]: `import { x } from '${name}'\nx()` },
      'a name that only begins alike': { 'packages/core/src/a.ts': `import '${name}-like'` },
      'a rival in the benchmarks': { 'bench/a.ts': `import { x } from '${name}'\nx()` },
    },
  }
}

export const zeromqAtHome: Rule = atHome('zeromq')
export const msgpackrAtHome: Rule = atHome('msgpackr')
export const lmdbAtHome: Rule = atHome('lmdb')

/** Our packages, from the bottom: each may import those before it. */
const order = ['core', 'patterns', 'testing', 'cli', 'examples'] as const

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1]
}

function rank(path: string): number {
  return order.indexOf(packageOf(path) as (typeof order)[number])
}

export const packagesLookDown: Rule = {
  holds: 'a package imports only packages below it: core ← patterns ← testing ← cli ← examples',
  find: each((source) =>
    packageOf(source.path) === undefined
      ? []
      : imports(
          source,
          (it) => it.file !== undefined && (rank(it.file) < 0 || rank(it.file) > rank(source.path)),
          (it) => `imports ${it.specifier}, which lies above it`,
        ),
  ),
  breaks: {
    'core knows a pattern': { 'packages/core/src/a.ts': "import { x } from '@sluice/patterns'\nx()" },
    'core knows the type of a pattern': {
      'packages/core/src/a.ts': "import type { X } from '@sluice/patterns/backpressure'\nexport type Y = X",
    },
    'a pattern knows the command': { 'packages/patterns/src/a.ts': "import '@sluice/cli'" },
    'a package reaches into the tests': { 'packages/core/src/a.ts': "import '../../../test/a.ts'" },
  },
  keeps: {
    'a pattern stands on core': {
      'packages/patterns/src/a.ts': "import { x } from '@sluice/core/parts'\nx()",
    },
    'a test knows all': { 'test/unit/a.test.ts': "import '@sluice/cli'\nimport '@sluice/core'" },
  },
}

export const packagesByName: Rule = {
  holds: 'a package reaches another by its name, never by a path into its folder',
  find: each((source) =>
    packageOf(source.path) === undefined
      ? []
      : imports(
          source,
          (it) =>
            it.specifier.startsWith('.') &&
            it.file !== undefined &&
            packageOf(it.file) !== packageOf(source.path),
          (it) => `reaches ${it.specifier} by its path`,
        ),
  ),
  breaks: {
    'a path': {
      'packages/patterns/src/a.ts': "import { x } from '../../core/src/zeromq/a.ts'\nx()",
    },
  },
  keeps: {
    'a path inside the package': { 'packages/core/src/a/b.ts': "import '../c.ts'" },
    'a name': { 'packages/patterns/src/a.ts': "import '@sluice/core'" },
  },
}

export const patternsTakeParts: Rule = {
  holds: 'a pattern loads the parts of core that it is made of, and neither pipelines nor their runs',
  find: each((source) =>
    source.path.startsWith('packages/patterns/src/')
      ? imports(
          source,
          (it) => it.specifier === '@sluice/core' && !it.typeOnly,
          (it) => `imports ${it.specifier}, where @sluice/core/parts is what it needs`,
        )
      : [],
  ),
  breaks: {
    'the whole of core': { 'packages/patterns/src/a.ts': "import { x } from '@sluice/core'\nx()" },
  },
  keeps: {
    'a type': { 'packages/patterns/src/a.ts': "import type { X } from '@sluice/core'\nexport type Y = X" },
    'its parts': { 'packages/patterns/src/a.ts': "import { x } from '@sluice/core/parts'\nx()" },
    'a command that knows all': { 'packages/cli/src/a.ts': "import '@sluice/core'" },
  },
}

const patterns = ['fire-and-forget', 'request-reply', 'backpressure']
const indexOfPatterns = 'packages/patterns/src/index.ts'

/** The pattern that a file belongs to; what several share belongs to none. */
function patternOf(path: string): string | undefined {
  const folder = /^packages\/patterns\/src\/([^/]+)\//.exec(path)?.[1]
  return folder !== undefined && patterns.includes(folder) ? folder : undefined
}

function isOtherPattern(file: string | undefined, own: string | undefined): boolean {
  if (file === undefined) return false
  const pattern = patternOf(file)
  return file === indexOfPatterns || (pattern !== undefined && pattern !== own)
}

export const patternsApart: Rule = {
  holds: 'one pattern does not import another, and what they share imports none',
  find: each((source) =>
    source.path.startsWith('packages/patterns/src/') && source.path !== indexOfPatterns
      ? imports(
          source,
          (it) => isOtherPattern(it.file, patternOf(source.path)),
          (it) => `imports ${it.specifier}`,
        )
      : [],
  ),
  breaks: {
    'by its path': { 'packages/patterns/src/backpressure/a.ts': "import '../request-reply/b.ts'" },
    'by its type': {
      'packages/patterns/src/request-reply/a.ts':
        "import type { X } from '../fire-and-forget/b.ts'\nexport type Y = X",
    },
    'by name': {
      'packages/patterns/src/backpressure/a.ts': "import '@sluice/patterns/fire-and-forget'",
    },
    'by the index of all': { 'packages/patterns/src/backpressure/a.ts': "import '../index.ts'" },
    'through what they share': { 'packages/patterns/src/site/a.ts': "import '../backpressure/b.ts'" },
  },
  keeps: {
    'its own files': { 'packages/patterns/src/backpressure/a.ts': "import './b.ts'" },
    'what they share': { 'packages/patterns/src/backpressure/a.ts': "import '../site/b.ts'" },
    'the index of all': { [indexOfPatterns]: "export { x } from './backpressure/index.ts'" },
  },
}
