/** Links within the project lead somewhere: to a file that is part of it, and to a heading that is in it. */
import { existsSync, globSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, it } from 'vitest'

const root = join(import.meta.dirname, '../..')
const documents = globSync(['*.md', 'docs/**/*.md', 'clients/*/*.md', 'packages/*/*.md'], {
  cwd: root,
  exclude: ['**/node_modules/**'],
})

interface Link {
  readonly path: string
  readonly heading: string | undefined
}

/** Without code, whose brackets mean something else. */
function linksOf(text: string): Link[] {
  const prose = text.replaceAll(/^```.*?^```/gms, '').replaceAll(/`[^`\n]*`/g, '')
  return [...prose.matchAll(/\]\(([^)\s#]*)(?:#([^)\s]*))?\)/g)]
    .map(([, path = '', heading]) => ({ path, heading }))
    .filter(({ path }) => !/^[a-z]+:/.test(path))
}

/** As the places where documents are shown name a heading. */
function anchorsOf(text: string): Set<string> {
  const headings = [...text.matchAll(/^#+ +(.+)$/gm)].map(([, title = '']) => title)
  return new Set(
    headings.map((title) =>
      title
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-'),
    ),
  )
}

it.each(documents)('links of %s lead somewhere', (document) => {
  const lost = linksOf(readFileSync(join(root, document), 'utf8')).filter(({ path, heading }) => {
    const target = path === '' ? join(root, document) : join(root, dirname(document), path)
    if (!existsSync(target)) return true
    return (
      heading !== undefined && target.endsWith('.md') && !anchorsOf(readFileSync(target, 'utf8')).has(heading)
    )
  })
  expect(lost).toEqual([])
})
