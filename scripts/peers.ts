/**
 * `npm run peers`: builds the peers of packages/examples/peers in every language that this machine can build, which the tests of
 * test/interop then run. What is built already is left alone. Arguments are languages, such as `go`; without any, all.
 */
import { compiled, isBuilt, lacking, markBuilt } from './peer-languages.ts'
import type { PeerLanguage } from './peer-languages.ts'
import { run } from './command.ts'

async function build(language: PeerLanguage): Promise<boolean> {
  const { name, folder } = language
  if (isBuilt(language)) return say(`ok: ${name}, built before`, true)
  const lacks = lacking(language)
  if (lacks !== undefined) {
    const mayLack = process.env['CI'] !== 'true'
    return say(`${mayLack ? 'skipped' : 'not ok'}: ${name}, which needs ${lacks}`, mayLack)
  }
  const started = performance.now()
  const { code, output } = await run(['sh', '-c', 'cd "$0" && exec "$@"', folder, ...language.build], false)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  if (code !== 0) return say(`not ok: ${name} (${seconds} s)\n${output}`, false)
  markBuilt(language)
  return say(`ok: ${name} (${seconds} s)`, true)
}

function say(line: string, passed: boolean): boolean {
  console.log(line)
  return passed
}

const wanted = process.argv.slice(2).map((name) => name.toLowerCase())
const unknown = wanted.filter((name) => compiled.every((language) => language.name.toLowerCase() !== name))
const chosen = compiled.filter(({ name }) => wanted.length === 0 || wanted.includes(name.toLowerCase()))
for (const name of unknown) {
  say(
    `not ok: ${name} is no language of these: ${compiled.map((language) => language.name.toLowerCase()).join(', ')}`,
    false,
  )
}
const results: boolean[] = []
// One after the other: each compiler uses every core by itself.
for (const language of chosen) results.push(await build(language))
process.exitCode = unknown.length === 0 && results.every(Boolean) ? 0 : 1
