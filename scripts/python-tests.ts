/**
 * The Python client's types and tests as a part of `npm test`. They run beside vitest, which leaves a core idle while it tests
 * whole processes; what they say is kept for the end.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Counts } from '../test/support/closing-reporter.ts'
import { run } from './command.ts'
import type { Result } from './command.ts'

const script = 'scripts/test-python.sh'

/** The client's tests, under way. */
export interface PythonTests {
  /** Resolves when the client's environment is there, or cannot be. */
  readonly ready: Promise<unknown>
  /** Says what they came to, in one line and the output of what failed, and counts it. */
  close(): Promise<Counts>
}

/** Makes the environment and begins the tests in it. */
export function beginPythonTests(): PythonTests {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-pytest-'))
  const report = join(folder, 'report.xml')
  const env = { ...process.env, PYTEST_ADDOPTS: `-rs --junitxml=${report}` }
  const ready = run(['sh', script, '--setup'], false)
  const tests = ready.then(async (setup) => {
    const started = performance.now()
    const result = setup.code === 0 ? await run(['sh', script], false, env) : undefined
    const counts = result === undefined ? missing(setup) : countsOf(result, report)
    rmSync(folder, { recursive: true })
    return { counts, result, seconds: ((performance.now() - started) / 1_000).toFixed(1) }
  })
  return {
    ready,
    close: async () => {
      const { counts, result, seconds } = await tests
      if (result !== undefined) say(counts, result, seconds)
      return counts
    },
  }
}

/** No interpreter, or no way to its packages: CI provides both, so that there it is a failure. */
function missing({ output }: Result): Counts {
  const failed = process.env['CI'] === 'true'
  console.log(`${failed ? 'not ok' : 'skipped'}: the Python client: ${output.trim()}`)
  return { passed: 0, failed: failed ? 1 : 0, skipped: failed ? 0 : 1, unexplained: 0 }
}

function countsOf({ code }: Result, report: string): Counts {
  const text = existsSync(report) ? readFileSync(report, 'utf8') : ''
  const number = (name: string): number => Number(new RegExp(` ${name}="(\\d+)"`).exec(text)?.[1] ?? 0)
  const [failed, skipped] = [number('failures') + number('errors'), number('skipped')]
  const passed = number('tests') - failed - skipped
  // The types, or a run that broke off: none of the tests.
  return { passed, failed: code !== 0 && failed === 0 ? 1 : failed, skipped, unexplained: 0 }
}

function say({ passed, failed }: Counts, { output }: Result, seconds: string): void {
  if (failed > 0) return console.log(`not ok: the Python client (${seconds} s)\n${output}`)
  console.log(`ok: the Python client, its types and ${passed} tests (${seconds} s)`)
  for (const line of output.split('\n')) if (line.startsWith('SKIPPED')) console.log(`skipped: ${line}`)
}
