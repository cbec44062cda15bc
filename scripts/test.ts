/**
 * `npm test`: every check and every test, and at the end one line with the counts. With arguments, only the
 * tests that they choose: they are handed to vitest as they are.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Counts } from '../test/support/closing-reporter.ts'
import { run } from './command.ts'
import type { Command } from './command.ts'
import { beginPythonTests } from './python-tests.ts'

/** A command that passes or fails as a whole. */
interface Check {
  readonly name: string
  readonly command: Command
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc'] },
  { name: 'types of what is published', command: ['tsc', '-p', 'tsconfig.packages.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
]

const formatCheck: Check = {
  name: 'format',
  command: ['prettier', '--check', '--log-level', 'warn', '.'],
}

async function runCheck({ name, command }: Check): Promise<boolean> {
  const started = performance.now()
  const { code, output } = await run(command, false)
  const seconds = ((performance.now() - started) / 1_000).toFixed(1)
  console.log(`${code === 0 ? 'ok' : 'not ok'}: ${name} (${seconds} s)`)
  if (code !== 0) console.log(output)
  return code === 0
}

/** Runs vitest and reads what it came to; a run that broke off counts as a failure. */
async function runTests(args: readonly string[]): Promise<Counts> {
  const folder = mkdtempSync(join(tmpdir(), 'sluice-test-'))
  const file = join(folder, 'counts.json')
  try {
    const { code } = await run(['vitest', 'run', ...args], true, { ...process.env, SLUICE_TEST_COUNTS: file })
    const counts = readCounts(file)
    return code !== 0 && counts.failed === 0 ? { ...counts, failed: 1 } : counts
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function readCounts(file: string): Counts {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as Counts
  } catch {
    return { passed: 0, failed: 1, skipped: 0, unexplained: 0 }
  }
}

async function main(args: readonly string[]): Promise<number> {
  const whole = args.length === 0
  const passes: boolean[] = []
  const python = whole ? beginPythonTests() : undefined
  if (whole) {
    // The format takes longest, and one core: the others, which use every core by themselves, run beside it in turn.
    const format = runCheck(formatCheck)
    for (const check of checks) passes.push(await runCheck(check))
    passes.push(await format)
  }
  // Tests that start Python would make its environment a second time.
  await python?.ready
  const tests = await runTests(args)
  const counts = python === undefined ? [tests] : [tests, await python.close()]
  const sum = (of: (counts: Counts) => number): number => counts.reduce((all, each) => all + of(each), 0)
  const passed = sum((each) => each.passed) + passes.filter(Boolean).length
  const failed = sum((each) => each.failed) + passes.filter((pass) => !pass).length
  const skipped = sum((each) => each.skipped)
  const unexplained = whole && tests.unexplained > 0 && process.env['CI'] === 'true'
  if (unexplained) console.log(`with CI=true a skip says why, and ${tests.unexplained} do not`)
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`)
  return failed === 0 && !unexplained ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
