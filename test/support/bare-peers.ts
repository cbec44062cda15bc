/** Peers that know nothing of Sluice, as processes: those of packages/examples/peers. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { TestContext } from 'vitest'
import { compiled, isBuilt, lacking, pythonPeers } from '../../scripts/peer-languages.ts'
import type { PeerLanguage, Role } from '../../scripts/peer-languages.ts'
import { until } from './left-behind.ts'
import { interpreter, needsPython, setUpPython } from './python.ts'
import { needs } from './skip.ts'

/** Every language that has peers, Python ahead. */
export const languages: readonly PeerLanguage[] = [pythonPeers(interpreter), ...compiled]

/** Looks once at what this machine has of a language; gives what skips a test that cannot have it. */
export function lookFor(language: PeerLanguage): (context: TestContext) => void {
  if (language.name === 'Python') {
    const ready = setUpPython()
    return (context) => needsPython(context, ready)
  }
  const built = isBuilt(language)
  const what = built ? '' : (lacking(language) ?? `the peers in ${language.name}, which npm run peers builds`)
  return (context) => needs(context, what, built)
}

/** One peer; it is killed when the test that started it is over. */
export class BarePeer implements AsyncDisposable {
  /** What it printed, line by line. */
  readonly lines: string[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  constructor(language: PeerLanguage, role: Role, ...args: readonly string[]) {
    const [command, ...own] = language.run(role)
    this.#child = spawn(command, [...own, ...args], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#ended = once(this.#child, 'close')
    // One that is disposed of before it was waited for, because its test has failed.
    this.#ended.catch(() => undefined)
    const { stdout } = this.#child
    if (stdout !== null) createInterface({ input: stdout }).on('line', (line) => this.lines.push(line))
  }

  /** Resolves to where it is bound, which a REP prints first. */
  async endpoint(): Promise<string> {
    await until(() => this.lines.length > 0 || this.#child.exitCode !== null)
    return this.lines[0] ?? ''
  }

  /** Resolves to all that it printed when it has ended by itself; throws when it did not end well. */
  async done(): Promise<readonly string[]> {
    await this.#ended
    const { exitCode, signalCode } = this.#child
    if (exitCode !== 0) throw new Error(`the peer ended with ${exitCode ?? signalCode}`)
    return this.lines
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended.catch(() => undefined)
  }
}
