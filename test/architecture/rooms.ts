/** The rooms of core, from the ground up, and the one that must stay pure. */
import { Visitor } from 'oxc-parser'
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Import, Source } from './source.ts'

/** Files and folders of packages/core/src; each imports its own floor and those below. */
const floors: readonly (readonly string[])[] = [
  ['errors', 'limits', 'clock', 'option-check'],
  ['envelope', 'codec', 'flow', 'queue', 'lifecycle', 'security', 'port', 'link', 'outbox'],
  ['dead-letters'],
  ['pipeline', 'stage'],
  ['memory', 'channel', 'zeromq', 'context', 'options', 'run'],
  ['index', 'parts'],
]

function floor(path: string): number | undefined {
  const room = /^packages\/core\/src\/([^/.]+)/.exec(path)?.[1]
  return room === undefined ? undefined : floors.findIndex((rooms) => rooms.includes(room))
}

function* climbing(source: Source): Iterable<Violation> {
  const own = floor(source.path)
  if (own === undefined) return
  if (own === -1) {
    yield {
      path: source.path,
      line: 1,
      what: 'lies in a room without a floor: see test/architecture/rooms.ts',
    }
    return
  }
  for (const { file, specifier, line } of source.imports) {
    const other = file === undefined ? undefined : floor(file)
    if (other !== undefined && other > own) {
      yield { path: source.path, line, what: `imports ${specifier}, which lies above it` }
    }
  }
}

export const coreLooksDown: Rule = {
  holds: 'a room of core imports its own floor and those below',
  find: each(climbing),
  breaks: {
    'a queue knows a pipeline': { 'packages/core/src/queue/a.ts': "import '../pipeline/b.ts'" },
    'a link knows zeromq': {
      'packages/core/src/link/a.ts': "import type { X } from '../zeromq/b.ts'\nexport type Y = X",
    },
    'a room imports the index': { 'packages/core/src/run/a.ts': "import '../index.ts'" },
    'a new room has no place': { 'packages/core/src/attic/a.ts': 'export const a = 1' },
  },
  keeps: {
    'runners know all below': {
      'packages/core/src/run/a.ts': "import '../queue/b.ts'\nimport '../errors.ts'",
    },
    'packages elsewhere have no floors': { 'packages/cli/src/attic/a.ts': "import './b.ts'" },
  },
}

const flow = 'packages/core/src/flow/'

/** All that waits, tells the time or does I/O, as global names. */
const impure = new Set(
  (
    'Promise setTimeout setInterval setImmediate queueMicrotask Date performance process ' +
    'AbortSignal AbortController EventTarget MessagePort MessageChannel fetch globalThis Atomics'
  ).split(' '),
)

/** Types of the link's contract that neither wait nor carry: figures, and what is told of an end. */
const figures = new Set(['LinkStats', 'ReceiverStats', 'Outcome', 'Ticket'])

function isPure({ file, typeOnly, names }: Import): boolean {
  if (file === undefined) return false
  if (file.startsWith(flow) || file === 'packages/core/src/errors.ts') return true
  return file === 'packages/core/src/link/link.ts' && typeOnly && names.every((name) => figures.has(name))
}

function* impurities(source: Source): Iterable<Violation> {
  if (!source.path.startsWith(flow)) return
  for (const it of source.imports) {
    if (!isPure(it)) yield { path: source.path, line: it.line, what: `imports ${it.specifier}` }
  }
  yield* impureWords(source)
}

function impureWords({ path, program, line }: Source): Violation[] {
  const found: Violation[] = []
  // The name of a property says nothing of what it is.
  const properties = new Set<number>()
  const named = ({ computed, key }: { computed: boolean; key: { start: number } }): void => {
    if (!computed) properties.add(key.start)
  }
  const add = (what: string, offset: number): void => {
    found.push({ path, line: line(offset), what })
  }
  const ifAsync = ({ async, start }: { async: boolean; start: number }): void => {
    if (async) add('is asynchronous', start)
  }
  new Visitor({
    MemberExpression: (node) => !node.computed && properties.add(node.property.start),
    Property: (node) => !node.shorthand && named(node),
    PropertyDefinition: named,
    MethodDefinition: named,
    TSPropertySignature: named,
    TSMethodSignature: named,
    Identifier: ({ name, start }) => {
      if (impure.has(name) && !properties.has(start)) add(`uses ${name}`, start)
    },
    FunctionDeclaration: ifAsync,
    FunctionExpression: ifAsync,
    ArrowFunctionExpression: ifAsync,
    AwaitExpression: ({ start }) => add('awaits', start),
  }).visit(program)
  return found
}

export const flowIsPure: Rule = {
  holds: 'the flow ledger imports itself, errors and figures, and knows no wait, no clock and no socket',
  find: each(impurities),
  breaks: {
    'a clock': {
      'packages/core/src/flow/a.ts': "import type { Clock } from '../clock.ts'\nexport type C = Clock",
    },
    'a promise of the link': {
      'packages/core/src/flow/a.ts':
        "import type { LinkSender } from '../link/link.ts'\nexport type L = LinkSender",
    },
    'a socket': { 'packages/core/src/flow/a.ts': "import { x } from '../port/b.ts'\nx()" },
    'the wall clock': { 'packages/core/src/flow/a.ts': 'export const now = () => Date.now()' },
    'a timer': { 'packages/core/src/flow/a.ts': 'export const later = (f: () => void) => setTimeout(f, 1)' },
    'a promise': { 'packages/core/src/flow/a.ts': 'export interface A { done: Promise<void> }' },
    'an async function': { 'packages/core/src/flow/a.ts': 'export async function a() {}' },
    'a builtin of Node': { 'packages/core/src/flow/a.ts': "import 'node:net'" },
  },
  keeps: {
    'its own files and errors': {
      'packages/core/src/flow/a.ts':
        "import './ranges.ts'\nimport '../errors.ts'\nexport const a = { process: 1 }",
    },
    'the figures of a link': {
      'packages/core/src/flow/a.ts':
        "import type { LinkStats } from '../link/link.ts'\nexport type L = LinkStats",
    },
    'a property of such a name': {
      'packages/core/src/flow/a.ts': 'export const a = (b: { Date: 1 }) => b.Date',
    },
    'the rest of core': { 'packages/core/src/run/a.ts': 'export const now = () => performance.now()' },
  },
}
