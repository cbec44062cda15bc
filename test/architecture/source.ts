/** Sources as the rules see them: parsed, with their imports and a way from an offset to a line. */
import { globSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseSync, Visitor } from 'oxc-parser'
import type { Comment, Program } from 'oxc-parser'

export interface Import {
  /** What is imported, as written. */
  readonly specifier: string
  /** The file of this repository that it means, or undefined for a package from outside. */
  readonly file: string | undefined
  readonly typeOnly: boolean
  /** The names that an import statement asks for; empty for the other forms. */
  readonly names: readonly string[]
  readonly line: number
}

export interface Source {
  /** Relative to the repository, with forward slashes. */
  readonly path: string
  readonly text: string
  readonly program: Program
  readonly comments: readonly Comment[]
  readonly imports: readonly Import[]
  readonly line: (offset: number) => number
}

export const root: string = fileURLToPath(new URL('../..', import.meta.url))

const parsable = /\.[cm]?[jt]s$/

/** Parses one file; a planted one need not exist. Of a file in another language, only the name and the lines are read. */
export function parse(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, parsable.test(path) ? text : '')
  if (errors[0] !== undefined) throw new Error(`${path}: ${errors[0].message}`)
  const line = (offset: number): number => text.slice(0, offset).split('\n').length
  return { path, text, program, comments, line, imports: importsOf(path, program, line) }
}

/** Every source file of the repository's own. */
export function readTree(): readonly Source[] {
  return paths('{packages,test,bench,scripts,clients}/**/*.{ts,mts,js,mjs,py}').map((path) =>
    parse(path, readFileSync(join(root, path), 'utf8')),
  )
}

/** Files of the repository's own that match, in order. */
export function paths(pattern: string): readonly string[] {
  return globSync(pattern, { cwd: root, exclude: (name) => /(^|\/)(node_modules|dist)$/.test(name) })
    .map((path) => path.replaceAll('\\', '/'))
    .sort()
}

function importsOf(path: string, program: Program, line: (offset: number) => number): Import[] {
  const found: Import[] = []
  const add = (specifier: string, typeOnly: boolean, offset: number, names: readonly string[] = []): void => {
    found.push({ specifier, file: resolve(path, specifier), typeOnly, names, line: line(offset) })
  }
  new Visitor({
    ImportDeclaration: (node) => {
      const names = node.specifiers.map(({ local }) => local.name)
      add(node.source.value, node.importKind === 'type', node.start, names)
    },
    ExportAllDeclaration: (node) => add(node.source.value, node.exportKind === 'type', node.start),
    ExportNamedDeclaration: (node) => {
      if (node.source !== null) add(node.source.value, node.exportKind === 'type', node.start)
    },
    ImportExpression: ({ source, start }) => {
      if (source.type === 'Literal' && typeof source.value === 'string') add(source.value, false, start)
    },
    TSImportType: (node) => add(node.source.value, true, node.start),
  }).visit(program)
  return found
}

/** Where an import of a relative path or of one of our packages leads. */
function resolve(from: string, specifier: string): string | undefined {
  if (specifier.startsWith('.')) return normalize(join(dirname(from), specifier)).replaceAll('\\', '/')
  const own = /^@sluice\/([^/]+)(?:\/(.+))?$/.exec(specifier)
  if (own === null) return undefined
  const [, name, subpath] = own
  return `packages/${name}/src/${subpath === undefined ? '' : `${subpath}/`}index.ts`
}
