/**
 * `npm test`: every check and every test, and at the end one line with the counts. With arguments, only the
 * tests that they choose: they are handed to vitest as they are.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Counts } from '../test/support/closing-reporter.ts'

interface Result {
  readonly code: number
  readonly output: string
}

/** A command that passes or fails as a whole. */
interface Check {
  readonly name: string
  readonly command: readonly [string, ...string[]]
}

const checks: readonly Check[] = [
  { name: 'types', command: ['tsc'] },
  { name: 'types of what is published', command: ['tsc', '-p', 'tsconfig.packages.json'] },
  { name: 'lint', command: ['oxlint', '--type-aware', '--deny-warnings'] },
  { name: 'format', command: ['prettier', '--check', '--log-level', 'warn', '.'] },
]

/** Runs a command to its end; its output is kept, or goes straight to this terminal when `live`. */
async function run([command, ...args]: Check['command'], live: boolean, env = process.env): Promise<Result> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      env,
      stdio: ['ignore', live ? 'inherit' : 'pipe', live ? 'inherit' : 'pipe'],
    })
    let output = ''
    child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('error', reject)
    child.on('close', (code) => resolve({ code: code ?? 1, output }))
  })
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
  // One after the other: types and lint use every core by themselves.
  if (whole) for (const check of checks) passes.push(await runCheck(check))
  const tests = await runTests(args)
  const passed = tests.passed + passes.filter(Boolean).length
  const failed = tests.failed + passes.filter((pass) => !pass).length
  const unexplained = whole && tests.unexplained > 0 && process.env['CI'] === 'true'
  if (unexplained) console.log(`with CI=true a skip says why, and ${tests.unexplained} do not`)
  console.log(`${passed} passed, ${failed} failed${tests.skipped > 0 ? `, ${tests.skipped} skipped` : ''}`)
  return failed === 0 && !unexplained ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
