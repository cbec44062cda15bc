/** Words that must not stand in some place. */
import { Visitor } from 'oxc-parser'
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Source } from './source.ts'

const scheme = /\b(memory|inproc|ipc|tcp|channel):/

function* schemes({ path, program, line }: Source): Iterable<Violation> {
  if (!path.startsWith('packages/patterns/')) return
  const found: Violation[] = []
  const look = (text: string, start: number): void => {
    const name = scheme.exec(text)?.[1]
    if (name !== undefined) found.push({ path, line: line(start), what: `names the scheme ${name}` })
  }
  new Visitor({
    Literal: ({ value, start }) => {
      if (typeof value === 'string') look(value, start)
    },
    TemplateElement: ({ value, start }) => look(value.raw, start),
  }).visit(program)
  yield* found
}

export const patternsKnowNoScheme: Rule = {
  holds: 'a pattern does not know whether it runs on memory, inproc, ipc or tcp',
  find: each(schemes),
  breaks: {
    'a scheme': { 'packages/patterns/src/a.ts': "export const is = (e: string) => e.startsWith('tcp:')" },
    'a whole endpoint': { 'packages/patterns/src/a.ts': "export const at = 'inproc://a'" },
    'a template': { 'packages/patterns/src/a.ts': 'export const at = (n: string) => `memory://${n}`' },
  },
  keeps: {
    'an example in a comment': {
      'packages/patterns/src/a.ts': '/** Such as `tcp://host:1`. */\nexport const a = 1',
    },
    'a port of core': { 'packages/core/src/zeromq/a.ts': "export const at = 'tcp://*'" },
  },
}

function consoles({ path, program, line }: Source): Violation[] {
  if (!path.startsWith('packages/') || path.startsWith('packages/cli/')) return []
  const found: Violation[] = []
  new Visitor({
    Identifier: ({ name, start }) => {
      if (name === 'console') found.push({ path, line: line(start), what: 'uses console' })
    },
  }).visit(program)
  return found
}

export const noConsole: Rule = {
  holds: 'no package but the CLI uses console',
  find: each(consoles),
  breaks: {
    'a call': { 'packages/core/src/a.ts': "console.log('a')" },
    'an alias': { 'packages/examples/dishes/a.ts': 'const { log } = console\nlog()' },
    'by globalThis': { 'packages/patterns/src/a.ts': "globalThis.console.log('a')" },
  },
  keeps: {
    'the CLI': { 'packages/cli/src/a.ts': "console.log('a')" },
    'the word': { 'packages/core/src/a.ts': "export const a = 'console'" },
  },
}

function leftovers({ path, comments, line }: Source): Violation[] {
  return comments.flatMap(({ value, start }) => {
    const word = /\b(TODO|FIXME|XXX|HACK)\b/.exec(value)?.[1]
    return word === undefined ? [] : [{ path, line: line(start), what: `leaves a ${word}` }]
  })
}

export const noLeftovers: Rule = {
  holds: 'no comment leaves work for later',
  find: each(leftovers),
  breaks: {
    'a line': { 'packages/core/src/a.ts': '// TODO: all of it' },
    'a block': { 'test/unit/a.test.ts': '/* FIXME */' },
  },
  keeps: { 'a string': { 'packages/core/src/a.ts': "export const a = 'TODO'" } },
}

const runners = new Set(['test', 'it', 'describe', 'suite', 'bench'])

function onlys({ path, program, line }: Source): Violation[] {
  const found: Violation[] = []
  new Visitor({
    MemberExpression: ({ object, property, start }) => {
      let owner = object
      while (owner.type === 'MemberExpression') owner = owner.object
      const chosen = property.type === 'Identifier' && property.name === 'only'
      if (chosen && owner.type === 'Identifier' && runners.has(owner.name)) {
        found.push({ path, line: line(start), what: 'runs only itself' })
      }
    },
  }).visit(program)
  return found
}

export const noOnly: Rule = {
  holds: 'no test keeps the others from running',
  find: each(onlys),
  breaks: {
    'a test': { 'test/unit/a.test.ts': "test.only('a', () => {})" },
    'a suite': { 'test/unit/a.test.ts': "describe.concurrent.only('a', () => {})" },
  },
  keeps: { 'a property': { 'test/unit/a.test.ts': 'expect(range.only).toBe(true)' } },
}
