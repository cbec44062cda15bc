/** The rules of the wire and the tests that name them, vectors and lines. */
import { globSync, readFileSync } from 'node:fs'

const ids = /\b(?:ENV|FNF|RR|BP|SEC|STG)-\d+\b/g

/** The rules in the titles of a file's tests, in TypeScript and in Python. */
function namedIn(path: string): readonly string[] {
  const text = readFileSync(path, 'utf8')
  const titles = path.endsWith('.py')
    ? [...text.matchAll(/def test_((?:[a-z]+_\d+_)+)/g)].map(([, names = '']) =>
        names.toUpperCase().replaceAll(/([A-Z]+)_(\d+)_/g, '$1-$2 '),
      )
    : [...text.matchAll(/\b(?:test|it|describe)[^\n'"`]*\(\s*['"`]([^'"`\n]*)/g)].map(
        ([, title = '']) => title,
      )
  return titles.flatMap((title) => title.match(ids) ?? [])
}

function lines(pattern: string): number {
  return globSync(pattern).reduce((sum, path) => sum + readFileSync(path, 'utf8').split('\n').length - 1, 0)
}

/** Prints counts. */
export function ruleFigures(): void {
  const rules = [
    ...readFileSync('docs/protocol.md', 'utf8').matchAll(/^\*\*((?:ENV|FNF|RR|BP|SEC|STG)-\d+)\*\*/gm),
  ].map(([, id = '']) => id)
  const named = [...globSync('test/**/*.test.ts'), ...globSync('clients/python/tests/test_*.py')].flatMap(
    namedIn,
  )
  const counts = rules.map((rule) => [rule, named.filter((id) => id === rule).length] as const)
  const sorted = counts.map(([, count]) => count).toSorted((a, b) => a - b)
  console.log(
    `${rules.length} rules, named ${named.length} times by titles of tests: at least ${sorted[0]} a rule, ${sorted[sorted.length >> 1]} in the middle`,
  )
  console.log(`  ${counts.map(([rule, count]) => `${rule} ${count}`).join(', ')}`)
  const vectors = globSync('test/vectors/*.json').map((path) => {
    const content = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
    const many = Object.values(content).filter(Array.isArray)
    return `${path.slice('test/vectors/'.length)} ${many.reduce((sum, each) => sum + each.length, 0)}`
  })
  console.log(`vectors: ${vectors.join(', ')}`)
  console.log(
    `lines of the Python client: ${lines('clients/python/src/**/*.py')}, of its tests: ${lines('clients/python/tests/*.py')}`,
  )
}
