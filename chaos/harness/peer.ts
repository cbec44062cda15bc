/** Peers as the runner sees them: processes that are started, heard, frozen and killed. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Told, Work } from './child.ts'

/** Which file of chaos/peers a peer runs. */
export type Role = 'consume' | 'reply' | 'produce' | 'request' | 'offer' | 'flood' | 'overrun'

/** A process of one role; killed when it is disposed of. */
export class Peer implements Disposable {
  readonly child: ChildProcess
  readonly identity: string
  readonly rss: number[] = []
  /** Its ledger as it last told it. */
  stats: Readonly<Record<string, unknown>> = {}
  done: Readonly<Record<string, unknown>> | undefined
  endpoint: string | undefined
  /** It has handled, or sent, a first message. */
  up = false
  readonly #ended: Promise<unknown>

  /** `within` is the network namespace that it lives in; keys are told by `env`. */
  constructor(role: Role, work: Work, within?: string, env: NodeJS.ProcessEnv = {}) {
    const path = fileURLToPath(new URL(`../peers/${role}.ts`, import.meta.url))
    const command = [process.execPath, '--conditions=sluice-source', path, JSON.stringify(work)]
    const whole = within === undefined ? command : ['ip', 'netns', 'exec', within, ...command]
    const [file = '', ...args] = whole
    this.identity = work.identity
    this.child = spawn(file, args, {
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, ...env },
    })
    // Its last word may come behind its exit.
    this.#ended = Promise.all([once(this.child, 'exit'), once(this.child, 'disconnect')])
    this.child.on('message', (told: Told) => this.#hear(told))
  }

  get over(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null
  }

  /** Waits until it has handled or sent its first message, or has ended without one. */
  async working(): Promise<void> {
    await until(() => this.up || this.over)
  }

  /** Resolves to the endpoint that it has bound. */
  async bound(): Promise<string> {
    await until(() => this.endpoint !== undefined || this.over)
    if (this.endpoint === undefined) throw new Error(`${this.identity} ended before it was bound`)
    return this.endpoint
  }

  /** SIGKILL; resolves when it is gone. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL')
    await this.#ended
  }

  freeze(): void {
    this.child.kill('SIGSTOP')
  }

  thaw(): void {
    this.child.kill('SIGCONT')
  }

  /** Resolves to the exit code, or to the signal that ended it. */
  async ends(): Promise<number | string> {
    await this.#ended
    return this.child.exitCode ?? this.child.signalCode ?? ''
  }

  [Symbol.dispose](): void {
    this.child.kill('SIGKILL')
  }

  #hear({ endpoint, up, rss, stats, done }: Told): void {
    if (endpoint !== undefined) this.endpoint = endpoint
    if (up === true) this.up = true
    if (rss !== undefined) this.rss.push(rss)
    if (stats !== undefined) this.stats = stats
    if (done !== undefined) this.done = done
  }
}

/** Waits for what can only be looked at. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await sleep(2)
}

/** The same, for so long; false when the time was over. */
export async function untilWithin(limitMs: number, holds: () => boolean): Promise<boolean> {
  const end = performance.now() + limitMs
  while (!holds()) {
    if (performance.now() > end) return false
    await sleep(2)
  }
  return true
}
