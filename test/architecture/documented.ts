/** Every export of a package says what it is for. */
import type { Statement } from 'oxc-parser'
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Source } from './source.ts'

type TopLevel = Statement | Source['program']['body'][number]

/** The names that a top-level statement declares, through its `export` if there is one. */
function declared(node: TopLevel): readonly string[] {
  const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node
  if (inner === null) return []
  if (inner.type === 'VariableDeclaration') {
    return inner.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []))
  }
  return 'id' in inner && inner.id?.type === 'Identifier' ? [inner.id.name] : []
}

/** The names that leave the module, by the statement that declares them. */
function exported(program: Source['program']): ReadonlySet<string> {
  const names = new Set<string>()
  for (const node of program.body) {
    if (node.type !== 'ExportNamedDeclaration' || node.source !== null) continue
    for (const name of declared(node)) names.add(name)
    for (const { local } of node.specifiers) if (local.type === 'Identifier') names.add(local.name)
  }
  return names
}

function* undocumented(source: Source): Iterable<Violation> {
  const { path, program, line } = source
  if (!path.startsWith('packages/')) return
  const missing = new Set(exported(program))
  for (const node of program.body) {
    for (const name of declared(node)) {
      // Of overloads, the first speaks for all.
      if (missing.delete(name) && !hasDocComment(source, node.start)) {
        yield { path, line: line(node.start), what: `exports ${name} without a doc comment` }
      }
    }
  }
}

/** Whether a doc comment stands right ahead: behind an empty line it belongs to the file. */
function hasDocComment({ comments, text }: Source, offset: number): boolean {
  const before = comments.findLast(
    ({ end }) => end <= offset && /^[ \t]*\r?\n?$/.test(text.slice(end, offset)),
  )
  return before?.type === 'Block' && before.value.startsWith('*')
}

const at = 'packages/core/src/a.ts'

export const exportsAreDocumented: Rule = {
  holds: 'every export of a package has a doc comment',
  find: each(undocumented),
  breaks: {
    'a function': { [at]: 'export function a() {}' },
    'the comment of the file': { [at]: '/** A file. */\n\nexport interface A {}' },
    'the comment of its neighbour': {
      [at]: '/** A thing. */\nexport const x = 1\nexport interface A {}',
    },
    'a line comment': { [at]: '// A thing.\nexport class A {}' },
    'a name that is exported later': { [at]: 'const a = 1\nexport { a }' },
    'a type': { [at]: 'export type A = 1' },
  },
  keeps: {
    'a documented one': { [at]: '/** A thing. */\nexport const a = 1' },
    overloads: {
      [at]: '/** Doubles. */\nexport function a(n: 1): 2\nexport function a(n: 2): 4\nexport function a(n: number): number { return n * 2 }',
    },
    'what is only passed on': { 'packages/core/src/index.ts': "export { a } from './a.ts'" },
    'what stays inside': { [at]: 'const a = 1\nvoid a' },
  },
}
