/** Programs that a test starts as a user would, from their TypeScript sources. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from './left-behind.ts'

/** A program under way; it is killed when the test that started it is over. */
export class Program implements Disposable {
  readonly child: ChildProcess
  readonly pid: number
  /** Lines on standard output, and on standard error. */
  readonly out: string[] = []
  readonly err: string[] = []
  readonly #ended: Promise<unknown>

  /** `file` lies in test/process/fixtures. */
  constructor(file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`../process/fixtures/${file}`, import.meta.url))
    this.child = spawn(process.execPath, ['--conditions=sluice-source', path, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.pid = this.child.pid ?? 0
    this.#ended = once(this.child, 'close')
    for (const name of ['out', 'err'] as const) {
      const input = this.child[name === 'out' ? 'stdout' : 'stderr']
      if (input !== null) createInterface({ input }).on('line', (line) => this[name].push(line))
    }
  }

  /** Resolves once a line holds the text. Rejects when the program has ended without one. */
  async says(text: string): Promise<string> {
    const found = (): string | undefined => [...this.out, ...this.err].find((line) => line.includes(text))
    await until(() => found() !== undefined || this.child.exitCode !== null)
    const line = found()
    if (line === undefined)
      throw new Error(`it ended without '${text}': ${this.out.join('\n')}\n${this.err.join('\n')}`)
    return line
  }

  /** Resolves to its exit code, or the signal that ended it. */
  async ends(): Promise<number | string> {
    await this.#ended
    return this.child.exitCode ?? this.child.signalCode ?? ''
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL')
  }
}
