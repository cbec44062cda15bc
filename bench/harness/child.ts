/** A side's process, seen by the harness: every wait for it has a bound. */
import { fork } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import type { FromSide, ToSide } from './side.ts'

const entry = new URL('side.ts', import.meta.url)

/** How long a side may take to write its profile when it is told to end. */
const profileMs = 5_000

export class Child implements AsyncDisposable {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #profiled: boolean
  readonly #bound: AbortSignal

  /** `bound` aborts every wait; `profiles` is where processor profiles go, if anywhere. */
  constructor(subject: string, role: string, bound: AbortSignal, profiles: string | undefined) {
    this.#name = `${subject} (${role})`
    this.#bound = bound
    this.#profiled = profiles !== undefined
    const flags =
      profiles === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${profiles}/${subject}-${role}`]
    this.#process = fork(entry, [subject, role], {
      execArgv: flags,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    })
  }

  tell(message: ToSide): void {
    this.#process.send(message)
  }

  /** What the side says next. Rejects when it ends first, and when the bound is reached. */
  async heard(): Promise<FromSide> {
    const done = new AbortController()
    const signal = AbortSignal.any([done.signal, this.#bound])
    const said = once(this.#process, 'message', { signal }) as Promise<[FromSide]>
    const exit = once(this.#process, 'exit', { signal }) as Promise<[number | null]>
    try {
      const [message] = await Promise.race([said, exit.then(([code]) => this.#failed(code))])
      return message
    } catch (error) {
      if (this.#bound.aborted) throw new Error(`${this.#name} said nothing in time`, { cause: error })
      throw error
    } finally {
      done.abort()
      await Promise.allSettled([said, exit])
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const child = this.#process
    if (child.exitCode !== null || child.signalCode !== null) return
    const exited = once(child, 'exit')
    if (this.#profiled && child.connected) {
      child.send('end')
      const late = setTimeout(() => child.kill('SIGKILL'), profileMs)
      await exited
      clearTimeout(late)
      return
    }
    // A side's work is over, and what holds it alive is of no interest.
    child.kill('SIGKILL')
    await exited
  }

  #failed(code: number | null): never {
    throw new Error(`${this.#name} ended with ${String(code)} before it was done`)
  }
}
