/** The guide to other languages shows the peers that the tests run, whole, and each is as short as it says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { roles } from '../../scripts/peer-languages.ts'
import { root } from '../architecture/source.ts'
import { languages } from '../support/bare-peers.ts'

const guide = readFileSync(join(root, 'docs/guides/other-languages.md'), 'utf8')
const mostLines = 25

/** Lines that hold more than a comment; each of these peers has its comments on lines of their own or behind code. */
function codeLines(text: string): number {
  const lines = text.split('\n').map((line) => line.trim())
  return lines.filter((line) => line !== '' && !/^(\/\/|\/\*.*\*\/$|#(?![a-z[])|""".*"""$)/.test(line)).length
}

describe.each(languages)('in $name', ({ folder, source }) => {
  it.each(roles)('the guide shows %s as it is', (role) => {
    const text = readFileSync(join(folder, source(role)), 'utf8')
    expect(guide.includes(`\n${text}\`\`\`\n`), `${source(role)} in the guide`).toBe(true)
  })

  it.each(roles)(`%s has at most ${mostLines} lines of code`, (role) => {
    expect(codeLines(readFileSync(join(folder, source(role)), 'utf8'))).toBeLessThanOrEqual(mostLines)
  })
})

it('counts what is code', () => {
  expect(codeLines('#include <zmq.h>\n\n// a\n/* b */\n# c\n"""d"""\nint x; // e\n#[derive(Debug)]\n')).toBe(
    3,
  )
})
