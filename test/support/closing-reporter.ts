import { writeFileSync } from 'node:fs'
import type { Reporter, TestCase, TestModule } from 'vitest/node'

/** What a run came to. */
export interface Counts {
  passed: number
  failed: number
  skipped: number
  /** Skipped tests that do not say why. */
  unexplained: number
}

/**
 * Says each skipped test with its reason on one line, and leaves the counts in the file that
 * `SLUICE_TEST_COUNTS` names, for the closing line of `npm test`.
 */
export default class ClosingReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const counts: Counts = { passed: 0, failed: unhandledErrors.length, skipped: 0, unexplained: 0 }
    for (const module of modules) {
      // A file that does not load has no test to fail.
      if (module.errors().length > 0) counts.failed += 1
      for (const test of module.children.allTests()) count(test, counts)
    }
    const path = process.env['SLUICE_TEST_COUNTS']
    if (path !== undefined) writeFileSync(path, JSON.stringify(counts))
  }
}

function count(test: TestCase, counts: Counts): void {
  const result = test.result()
  if (result.state === 'passed') counts.passed += 1
  else if (result.state === 'failed') counts.failed += 1
  else if (result.state === 'skipped') {
    counts.skipped += 1
    if (result.note === undefined) counts.unexplained += 1
    process.stdout.write(`skipped: ${test.fullName}: ${result.note ?? 'no reason given'}\n`)
  }
}
