/**
 * Finds the programs in the documentation. A fenced `ts` block is a whole program, and so is what follows
 * `@example` in a doc comment, fenced or not. One that cannot be run here says why behind its language:
 *
 *     ```ts not-run: needs two hosts
 */
import { parse } from '../architecture/source.ts'

export interface Program {
  /** Where it stands, as `path:line`. */
  readonly at: string
  readonly code: string
  /** Why it is not run, if it is not. */
  readonly notRun: string | undefined
}

const fence = /^([ \t]*)(`{3,})(ts|typescript)\b([^\n]*)\n([\s\S]*?)^\1\2[ \t]*$/gm

/** The programs of a page. */
export function programsOfPage(path: string, text: string, firstLine = 1): Program[] {
  return [...text.matchAll(fence)].map((match) => {
    const [, indent = '', , , info = '', code = ''] = match
    const line = firstLine + text.slice(0, match.index).split('\n').length
    return { at: `${path}:${line}`, code: dedent(code, indent), notRun: reason(info) }
  })
}

function dedent(code: string, indent: string): string {
  return code
    .split('\n')
    .map((line) => (line.startsWith(indent) ? line.slice(indent.length) : line))
    .join('\n')
}

function reason(info: string): string | undefined {
  const given = /^\s*not-run:(.*)$/.exec(info)
  if (given === null) return undefined
  const why = given[1]?.trim() ?? ''
  if (why === '') throw new Error('a program that is not run says why: not-run: <reason>')
  return why
}

/** The programs in the doc comments of a source. */
export function programsOfSource(path: string, text: string): Program[] {
  const source = parse(path, text)
  return source.comments
    .filter(({ type, value }) => type === 'Block' && value.startsWith('*'))
    .flatMap(({ value, start }) => examples(path, value, source.line(start)))
}

function examples(path: string, comment: string, firstLine: number): Program[] {
  const lines = comment.split('\n').map((line) => line.replace(/^\s*\* ?/, ''))
  const found: Program[] = []
  for (const [index, line] of lines.entries()) {
    if (!/^\s*@example\b/.test(line)) continue
    const rest = lines.slice(index + 1)
    const end = rest.findIndex((next) => /^\s*@\w/.test(next))
    const body = `${rest
      .slice(0, end === -1 ? undefined : end)
      .join('\n')
      .trimEnd()}\n`
    const after = firstLine + index + 1
    const fenced = programsOfPage(path, body, after)
    found.push(...(fenced.length > 0 ? fenced : [{ at: `${path}:${after}`, code: body, notRun: undefined }]))
  }
  return found
}
