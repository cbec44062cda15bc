/** Names of files and folders, and how long what is in them may be. */
import { Visitor } from 'oxc-parser'
import { each } from './rule.ts'
import type { Rule, Violation } from './rule.ts'
import type { Source } from './source.ts'

const vague = /^(utils?|common|helpers?|misc|types?)$/

function* vagueNames({ path }: Source): Iterable<Violation> {
  for (const part of path.split('/')) {
    const name = part.split('.', 1)[0]?.toLowerCase() ?? ''
    if (vague.test(name)) yield { path, line: 1, what: `is or lies in something called ${name}` }
  }
}

export const noVagueNames: Rule = {
  holds: 'no file or folder is called utils, common, helpers, misc or types',
  find: each(vagueNames),
  breaks: {
    'a file': { 'packages/core/src/utils.ts': '' },
    'a folder': { 'test/helpers/a.ts': '' },
    'a test of one': { 'test/unit/types.test.ts': '' },
    'in Python': { 'clients/python/sluice/misc.py': '' },
  },
  keeps: { 'a word that holds one': { 'packages/core/src/prototypes.ts': '' } },
}

const maxFileLines = 300
const maxFunctionLines = 60

function* longFiles({ path, text }: Source): Iterable<Violation> {
  const lines = text.split('\n').length - (text.endsWith('\n') ? 1 : 0)
  if (lines > maxFileLines) yield { path, line: maxFileLines + 1, what: `has ${lines} lines` }
}

export const noLongFiles: Rule = {
  holds: `no file has more than ${maxFileLines} lines`,
  find: each(longFiles),
  breaks: {
    'one more line': { 'packages/core/src/a.ts': '\n'.repeat(maxFileLines + 1) },
    'in Python': { 'clients/python/sluice/a.py': '\n'.repeat(maxFileLines + 1) },
  },
  keeps: { 'just as many': { 'test/unit/a.test.ts': '\n'.repeat(maxFileLines) } },
}

function longFunctions({ path, program, line }: Source): Violation[] {
  // A suite is one long function.
  if (path.startsWith('test/')) return []
  const found: Violation[] = []
  const measure = ({ start, end }: { start: number; end: number }): void => {
    const lines = line(end) - line(start) + 1
    if (lines > maxFunctionLines)
      found.push({ path, line: line(start), what: `is a function of ${lines} lines` })
  }
  new Visitor({
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  }).visit(program)
  return found
}

const long = '\n'.repeat(maxFunctionLines)

export const noLongFunctions: Rule = {
  holds: `no function has more than ${maxFunctionLines} lines`,
  find: each(longFunctions),
  breaks: {
    'a function': { 'packages/core/src/a.ts': `export function a() {${long}}` },
    'a method': { 'packages/core/src/a.ts': `export class A { b() {${long}} }` },
    'an arrow': { 'bench/a.ts': `export const a = () => {${long}}` },
  },
  keeps: {
    'just as many lines': { 'packages/core/src/a.ts': `export function a() {${long.slice(1)}}` },
    'a suite': { 'test/unit/a.test.ts': `describe('a', () => {${long}})` },
  },
}
