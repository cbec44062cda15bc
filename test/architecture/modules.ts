/** How modules are made: acyclic, with names that are listed, and without state of their own. */
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Source } from './source.ts'

/** The first cycle through each file, as the files along it. */
function cycles(tree: readonly Source[]): Violation[] {
  const files = new Map(tree.map((source) => [source.path, source]))
  const done = new Set<string>()
  const trail: string[] = []
  const found: Violation[] = []
  const visit = (path: string): void => {
    const source = files.get(path)
    if (source === undefined || done.has(path)) return
    trail.push(path)
    for (const { file, line } of source.imports) {
      if (file === undefined) continue
      const from = trail.indexOf(file)
      if (from === -1) visit(file)
      else found.push({ path, line, what: `closes a cycle: ${[...trail.slice(from), file].join(' → ')}` })
    }
    trail.pop()
    done.add(path)
  }
  for (const { path } of tree) visit(path)
  return found
}

export const noCycles: Rule = {
  holds: 'no import cycle, type-only ones included',
  find: cycles,
  breaks: {
    'of two': {
      'packages/core/src/a.ts': "import './b.ts'",
      'packages/core/src/b.ts': "import './a.ts'",
    },
    'of types only': {
      'packages/core/src/a.ts': "import type { B } from './b.ts'\nexport type A = B",
      'packages/core/src/b.ts': "export type B = import('./a.ts').A",
    },
    'by a re-export, through a package': {
      'packages/core/src/index.ts': "export { x } from './x.ts'",
      'packages/core/src/x.ts': "import { x } from '@sluice/core'\nexport { x }",
    },
    'of one': { 'packages/core/src/a.ts': "import './a.ts'" },
  },
  keeps: {
    'two ways to the same': {
      'packages/core/src/a.ts': "import './b.ts'\nimport './c.ts'",
      'packages/core/src/b.ts': "import './c.ts'",
      'packages/core/src/c.ts': 'export const c = 1',
    },
  },
}

function inPackages({ path }: Source): boolean {
  return path.startsWith('packages/')
}

export const noStarExports: Rule = {
  holds: 'no `export *`: an index lists what it gives',
  find: each(({ path, program, line }) =>
    program.body
      .filter((node) => node.type === 'ExportAllDeclaration')
      .map(({ start }) => ({ path, line: line(start), what: 'exports *' })),
  ),
  breaks: {
    'of all': { 'packages/core/src/index.ts': "export * from './a.ts'" },
    'of types': { 'packages/core/src/index.ts': "export type * from './a.ts'" },
    'as a namespace': { 'test/support/a.ts': "export * as a from './a.ts'" },
  },
  keeps: { 'by name': { 'packages/core/src/index.ts': "export { a } from './a.ts'" } },
}

function* defaultExports(source: Source): Iterable<Violation> {
  const { path, program, line } = source
  // The runner finds a pipeline by its module's default export.
  if (!inPackages(source) || path.startsWith('packages/examples/')) return
  for (const node of program.body) {
    const named =
      node.type === 'ExportNamedDeclaration' &&
      node.specifiers.some(({ exported }) => 'name' in exported && exported.name === 'default')
    if (named || node.type === 'ExportDefaultDeclaration') {
      yield { path, line: line(node.start), what: 'exports a default' }
    }
  }
}

export const noDefaultExports: Rule = {
  holds: 'no default export in a package; the pipelines of the examples aside',
  find: each(defaultExports),
  breaks: {
    'a value': { 'packages/core/src/a.ts': 'export default 1' },
    'a name': { 'packages/cli/src/a.ts': 'const a = 1\nexport { a as default }' },
  },
  keeps: {
    'a pipeline': { 'packages/examples/dishes/dishes.ts': 'export default 1' },
    'a name': { 'packages/core/src/a.ts': 'export const a = 1' },
  },
}
