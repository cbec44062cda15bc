/** The Python client's peers, as processes that a test starts, listens to and kills. */
import { spawn, spawnSync } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { beforeAll, beforeEach } from 'vitest'
import type { TestContext } from 'vitest'
import { until } from './left-behind.ts'
import { needs } from './skip.ts'

const client = fileURLToPath(new URL('../../clients/python', import.meta.url))
const setup = fileURLToPath(new URL('../../scripts/test-python.sh', import.meta.url))
/** The interpreter that has the client. */
export const interpreter: string = `${client}/.venv/bin/python`

/** What a peer says, a JSON object a line; see clients/python/tests/peer.py. */
export interface Said {
  readonly endpoints?: readonly string[]
  readonly id?: number
  readonly redelivered?: boolean
  readonly value?: unknown
  readonly done?: boolean
  readonly right?: boolean
  readonly ids?: readonly number[]
  readonly stats?: Readonly<Record<string, number>>
}

/** Makes the client's environment when it is missing. Its output goes to the test's. */
export function setUpPython(): boolean {
  return spawnSync('sh', [setup, '--setup'], { stdio: 'inherit' }).status === 0
}

/** For every test of a file: makes the environment once, and skips each test where it cannot be had. */
export function inPython(): void {
  let ready = false
  beforeAll(() => {
    ready = setUpPython()
  }, 120_000)
  beforeEach((context) => needsPython(context, ready))
}

/** Skips the test where there is no Python, or its packages cannot be had. */
export function needsPython(context: TestContext, ready: boolean): void {
  needs(context, 'python3 (3.9 or later) with venv, pyzmq and msgpack', ready)
}

/** One side of a link in Python; it is killed when the test that started it is over. */
export class PythonPeer implements AsyncDisposable {
  readonly said: Said[] = []
  readonly #child: ChildProcess
  readonly #ended: Promise<unknown>

  /** `role` and arguments are those of peer.py; a role may come with variables for its environment. */
  constructor(
    role: string | { readonly role: string; readonly env: NodeJS.ProcessEnv },
    ...args: readonly string[]
  ) {
    const { role: name, env } = typeof role === 'string' ? { role, env: {} } : role
    this.#child = spawn(interpreter, [`${client}/tests/peer.py`, name, ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
    })
    this.#ended = once(this.#child, 'close')
    const { stdout } = this.#child
    if (stdout !== null) {
      createInterface({ input: stdout }).on('line', (line) => this.said.push(JSON.parse(line) as Said))
    }
  }

  /** The numbers of the messages that it took, in order. */
  get ids(): number[] {
    return this.said.flatMap(({ id }) => (id === undefined ? [] : [id]))
  }

  /** Resolves to where it is bound. */
  async endpoint(): Promise<string> {
    await until(() => this.said.length > 0)
    return this.said[0]?.endpoints?.[0] ?? ''
  }

  /** Resolves to what it says at its end; throws when that is not well. */
  async done(): Promise<Said> {
    await this.#ended
    const last = this.said.at(-1)
    if (this.#child.exitCode !== 0 || last?.done !== true)
      throw new Error(`the peer ended with ${this.#child.exitCode ?? this.#child.signalCode}`)
    return last
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}
