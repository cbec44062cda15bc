/** The command `sluice`, started as a user starts it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { until } from './left-behind.ts'

const main = fileURLToPath(new URL('../../packages/cli/src/main.ts', import.meta.url))

/** Where it is started, and as whom. */
export interface CommandOptions {
  readonly cwd?: string
  readonly env?: NodeJS.ProcessEnv
  /** The user and group that it runs as, where the test is root. */
  readonly uid?: number
}

/** A command under way; what is left of it is killed when the test is over. */
export class SluiceCommand implements Disposable {
  readonly child: ChildProcess
  out = ''
  err = ''
  readonly #ended: Promise<unknown>

  constructor(args: readonly string[], { cwd, env, uid }: CommandOptions = {}) {
    this.child = spawn(process.execPath, ['--conditions=sluice-source', main, ...args], {
      env: { ...process.env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
      ...(cwd === undefined ? {} : { cwd }),
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
    this.#ended = once(this.child, 'close')
    this.child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()))
    this.child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()))
  }

  /** Resolves once it has written the text anywhere. Rejects when it has ended without it. */
  async says(text: string): Promise<void> {
    const said = (): boolean => this.out.includes(text) || this.err.includes(text)
    await until(() => said() || this.child.exitCode !== null || this.child.signalCode !== null)
    if (!said()) throw new Error(`it ended without '${text}':\n${this.out}\n${this.err}`)
  }

  /** Resolves to its exit code, or to the signal that ended it. */
  async ends(): Promise<number | string> {
    await this.#ended
    return this.child.exitCode ?? this.child.signalCode ?? ''
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL')
  }
}
