/** Skips that nobody can overlook: a reason on one line here, a failure where everything must be had. */
import { spawnSync } from 'node:child_process'
import type { TestContext } from 'vitest'

/** Whether a command answers on this machine. */
export function has(command: string, versionFlag = '--version'): boolean {
  const { error, status } = spawnSync(command, [versionFlag], { stdio: 'ignore' })
  return error === undefined && status === 0
}

/**
 * Skips the test unless `available`, and says what it misses. With `CI=true` a missing thing is a failure:
 * the CI script is there to provide it.
 *
 * @example
 * test('a Python puller takes what we push', (context) => {
 *   needs(context, 'python3', has('python3'))
 * })
 */
export function needs(context: TestContext, what: string, available: boolean): void {
  if (available) return
  if (process.env['CI'] === 'true') throw new Error(`needs ${what}, which CI must provide`)
  context.skip(`needs ${what}`)
}
