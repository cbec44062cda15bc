/** State that a module would keep for itself: shared by all who import it, and freed by nobody. */
import { Visitor } from 'oxc-parser'
import type { Expression, Statement, VariableDeclaration } from 'oxc-parser'
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Source } from './source.ts'

/** What may be made once for all: it keeps nothing between two calls (an Unpackr, as long as it has no records). */
const stateless = new Set(['TextEncoder', 'TextDecoder', 'RegExp', 'URL', 'Unpackr'])

/** What may be made once for all if nobody changes it. */
const containers = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array'])

/** Methods of containers and of views on memory that change what they are called on. */
const changes = /^(set|add|delete|clear|push|pop|shift|unshift|splice|sort|reverse|fill|copyWithin|write)/

/** What one process has only one of, and no module could keep from sharing. */
const onePerProcess: Readonly<Record<string, string>> = {
  'packages/core/src/zeromq/native.ts': 'new Context',
  // Libzmq asks at one name for each context.
  'packages/core/src/zeromq/gatekeeper.ts': 'new Gatekeeper',
}

/** A file that is started, not imported, may hold what the process is there for. */
function isProgram(path: string): boolean {
  return /(\/main|-entry)\.ts$/.test(path)
}

/**
 * What a module must not do at its top level: `let` and `var`; a static field that is not readonly; `new` of
 * anything that is neither stateless nor a filled container; a constant that the module itself changes.
 */
function moduleState(source: Source): Violation[] {
  const { path, program, line } = source
  if (!path.startsWith('packages/') || isProgram(path)) return []
  const found: Violation[] = []
  const add = (offset: number, what: string): void => {
    found.push({ path, line: line(offset), what })
  }
  const constants = new Set<string>()
  for (const node of program.body.flatMap(declarations)) {
    if (node.kind !== 'const') add(node.start, `declares ${node.kind} at its top level`)
    for (const { id, init } of node.declarations) {
      if (id.type === 'Identifier') constants.add(id.name)
      const made = init === null ? undefined : statefulNew(init)
      if (made !== undefined && made !== onePerProcess[path])
        add(node.start, `makes a ${made} at its top level`)
    }
  }
  for (const [name, offset] of changesTo(source, constants)) add(offset, `changes the module's ${name}`)
  for (const [name, offset] of staticFields(source))
    add(offset, `keeps ${name} as a static field that can change`)
  return found
}

function declarations(node: Statement | Source['program']['body'][number]): VariableDeclaration[] {
  const inner = node.type === 'ExportNamedDeclaration' ? node.declaration : node
  return inner?.type === 'VariableDeclaration' && inner.declare !== true ? [inner] : []
}

/** The class of a top-level `new` that would hold state, looking through `as` and `satisfies`. */
function statefulNew(init: Expression): string | undefined {
  if (init.type === 'TSAsExpression' || init.type === 'TSSatisfiesExpression')
    return statefulNew(init.expression)
  if (init.type !== 'NewExpression') return undefined
  const name = init.callee.type === 'Identifier' ? init.callee.name : 'class of some kind'
  if (stateless.has(name)) return undefined
  // An empty container would be there to be filled; a view on no octets has nothing to change.
  const fine = containers.has(name) ? init.arguments.length > 0 : isEmptyView(name, init.arguments)
  return fine ? undefined : `new ${name}`
}

function isEmptyView(name: string, args: readonly { type: string; value?: unknown }[]): boolean {
  return name.endsWith('Array') && args[0]?.type === 'Literal' && args[0].value === 0
}

/** The name at the root of `a.b[c].d`. */
function rootName(node: { type: string }): string | undefined {
  if (node.type === 'Identifier') return (node as unknown as { name: string }).name
  if (node.type !== 'MemberExpression') return undefined
  return rootName((node as unknown as { object: { type: string } }).object)
}

function changesTo({ program }: Source, constants: ReadonlySet<string>): [name: string, offset: number][] {
  const found: [string, number][] = []
  const member = (node: { type: string; start: number }): void => {
    const name = node.type === 'MemberExpression' ? rootName(node) : undefined
    if (name !== undefined && constants.has(name)) found.push([name, node.start])
  }
  new Visitor({
    AssignmentExpression: ({ left }) => member(left),
    UpdateExpression: ({ argument }) => member(argument),
    UnaryExpression: ({ operator, argument }) => operator === 'delete' && member(argument),
    CallExpression: ({ callee }) => {
      if (callee.type !== 'MemberExpression' || callee.property.type !== 'Identifier') return
      if (callee.object.type === 'Identifier' && changes.test(callee.property.name)) member(callee)
    },
  }).visit(program)
  return found
}

function staticFields({ program }: Source): [name: string, offset: number][] {
  const found: [string, number][] = []
  new Visitor({
    PropertyDefinition: (node) => {
      const made = node.value === null ? undefined : statefulNew(node.value)
      if (!node.static || (node.readonly === true && made === undefined)) return
      found.push([node.key.type === 'Identifier' ? node.key.name : 'something', node.start])
    },
  }).visit(program)
  return found
}

const at = 'packages/core/src/a.ts'

export const noModuleState: Rule = {
  holds: 'a module of a package keeps no state of its own',
  find: each(moduleState),
  breaks: {
    'a let': { [at]: 'let count = 0\nexport const next = () => ++count' },
    'an exported let': { [at]: 'export let count = 0' },
    'a var': { [at]: 'var count = 0\nexport const now = () => count' },
    'an empty map': {
      [at]: 'const cache = new Map<string, string>()\nexport const get = (k: string) => cache.get(k)',
    },
    'a set that grows': {
      [at]: "const seen = new Set(['a'])\nexport const see = (k: string) => seen.add(k)",
    },
    'a list that grows': { [at]: 'const all: string[] = []\nexport const add = (k: string) => all.push(k)' },
    'an object that is written to': {
      [at]: 'const last = { at: 0 }\nexport const see = () => { last.at = 1 }',
    },
    'deep in an object': { [at]: 'const a = { b: { c: 0 } }\nexport const see = () => { a.b.c++ }' },
    'an object that loses a key': {
      [at]: 'const a: { b?: 1 } = {}\nexport const lose = () => { delete a.b }',
    },
    'a buffer': { [at]: 'const octets = new Uint8Array(8)\nexport const o = () => octets' },
    'a scratch buffer': {
      [at]: 'const scratch = new DataView(new ArrayBuffer(8))\nexport const s = scratch',
    },
    'an instance of a class': { [at]: 'class A { n = 0 }\nexport const a = new A()' },
    'a static field': { [at]: 'export class A { static count = 0 }' },
    'a readonly static that holds state': { [at]: 'export class A { static readonly all = new Map() }' },
  },
  keeps: {
    'a table': { [at]: "const kinds = new Set(['a'])\nexport const is = (k: string) => kinds.has(k)" },
    'a constant object': { [at]: 'export const defaults = { a: 1 } as const' },
    'no octets': { [at]: 'const none = new Uint8Array(0)\nexport const n = () => none' },
    'a coder': { [at]: 'const utf8 = new TextEncoder()\nexport const e = (t: string) => utf8.encode(t)' },
    'state in a function': { [at]: 'export function f() { let n = 0; n += 1; return n }' },
    'state in an object': { [at]: 'export class A { #n = 0; next() { this.#n += 1; return this.#n } }' },
    'a declaration': { [at]: 'declare let gc: () => void\nexport const g = () => gc()' },
    'a constant static': { [at]: 'export class A { static readonly limit = 3 }' },
    'the context of libzmq': {
      'packages/core/src/zeromq/native.ts':
        "import { Context } from 'zeromq'\nexport const c = new Context()",
    },
    'a program': { 'packages/cli/src/main.ts': 'class A { n = 0 }\nnew A()\nconst a = new A()\nvoid a' },
    'a test': { 'test/unit/a.test.ts': 'let count = 0\ncount += 1' },
  },
}

export const programsAreNotImported: Rule = {
  holds: 'what is started as a program (main.ts, …-entry.ts) is imported by nobody',
  find: each(({ path, imports }) =>
    imports
      .filter(({ file }) => path.startsWith('packages/') && file !== undefined && isProgram(file))
      .map(({ specifier, line }) => ({ path, line, what: `imports the program ${specifier}` })),
  ),
  breaks: {
    'a command': { 'packages/cli/src/a.ts': "import { x } from './main.ts'\nx()" },
    'an entry': { 'packages/core/src/run/a.ts': "import './process-entry.ts'" },
  },
  keeps: {
    'a name of its own': { [at]: "import './entry.ts'" },
    'its address': { [at]: "export const entry = new URL('./process-entry.ts', import.meta.url)" },
    'a name that only ends alike': { [at]: "import './domain.ts'" },
  },
}
