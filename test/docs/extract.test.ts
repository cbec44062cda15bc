import { expect, test } from 'vitest'
import { programsOfPage, programsOfSource } from './extract.ts'

test('a fenced ts block of a page is a program', () => {
  const page = ['# A page', '', '```ts', 'const a = 1', '```', '', '```sh', 'rm -rf /', '```', ''].join('\n')
  expect(programsOfPage('a.md', page)).toEqual([{ at: 'a.md:4', code: 'const a = 1\n', notRun: undefined }])
})

test('a block in a list loses the indent of its fence', () => {
  const page = ['- as here:', '  ```ts', '  if (a) {', '    b()', '  }', '  ```', ''].join('\n')
  expect(programsOfPage('a.md', page).map(({ code }) => code)).toEqual(['if (a) {\n  b()\n}\n'])
})

test('a block that is not run says why', () => {
  const page = '```ts not-run: needs two hosts\nconst a = 1\n```\n'
  expect(programsOfPage('a.md', page)[0]?.notRun).toBe('needs two hosts')
  expect(() => programsOfPage('a.md', '```ts not-run:\nconst a = 1\n```\n')).toThrow('says why')
})

test('an example of a doc comment is a program, fenced or not, up to the next tag', () => {
  const source = `/**
 * Does a thing.
 *
 * @example
 * const a = 1
 *
 * a.toString()
 *
 * @deprecated
 */
export const a = 1

/**
 * @example
 * \`\`\`ts not-run: never ends
 * for (;;) {}
 * \`\`\`
 */
export const b = 1
`
  expect(programsOfSource('a.ts', source)).toEqual([
    { at: 'a.ts:5', code: 'const a = 1\n\na.toString()\n', notRun: undefined },
    { at: 'a.ts:16', code: 'for (;;) {}\n', notRun: 'never ends' },
  ])
})

test('an ordinary comment holds no program', () => {
  expect(programsOfSource('a.ts', '// @example\n// a()\n/* @example\n a() */\n')).toEqual([])
})
