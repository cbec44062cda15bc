/** Hosts that live and die as a test says, and time that passes when it says so. */
import type { Clock } from '../../packages/core/src/clock.ts'
import { ReplicaError } from '../../packages/core/src/run/handle.ts'
import type { HostHandle } from '../../packages/core/src/run/handle.ts'
import type { HostReport, HostSpec } from '../../packages/core/src/stage/host.ts'

/** One life that does as the test says, and keeps what it was told. */
export class FakeHost implements HostHandle {
  readonly name: string
  readonly spec: HostSpec
  readonly told: string[] = []
  readonly opened = Promise.withResolvers<Readonly<Record<string, readonly string[]>>>()
  readonly ended = Promise.withResolvers<HostReport>()
  readonly ready = this.opened.promise
  readonly done = this.ended.promise

  constructor(spec: HostSpec) {
    this.name = `${spec.group}/${spec.replica}`
    this.spec = spec
    for (const promise of [this.ready, this.done]) promise.catch(() => undefined)
  }

  connected(): Promise<void> {
    this.told.push('connected?')
    return Promise.resolve()
  }

  start(): void {
    this.told.push('start')
  }

  drain(): void {
    this.told.push('drain')
  }

  leave(): void {
    this.told.push('leave')
  }

  noMoreSenders(link: string): void {
    this.told.push(`noMoreSenders ${link}`)
  }

  close(reason: Error = new Error('closed')): Promise<void> {
    this.opened.reject(reason)
    this.ended.reject(reason)
    return Promise.resolve()
  }

  stats(): HostReport {
    return { group: this.spec.group, replica: this.spec.replica, stages: {}, links: {} }
  }

  open(bound: Readonly<Record<string, readonly string[]>> = {}): void {
    this.opened.resolve(bound)
  }

  finish(): void {
    this.ended.resolve(this.stats())
  }

  die(how = 'SIGKILL'): void {
    const error = new ReplicaError(`${this.name} died (${how})`, {
      replica: this.name,
      how,
      output: ['last words'],
    })
    this.opened.reject(error)
    this.ended.reject(error)
  }
}

/** Time that passes when the test says so. */
export class FakeClock implements Clock {
  readonly pauses: number[] = []
  #due: (() => void)[] = []

  now(): number {
    return 0
  }

  time(): number {
    return 0
  }

  turn(run: () => void): void {
    setImmediate(run)
  }

  after(delayMs: number, run: () => void): { cancel: () => void } {
    this.pauses.push(delayMs)
    this.#due.push(run)
    return { cancel: () => (this.#due = this.#due.filter((other) => other !== run)) }
  }

  async pass(): Promise<void> {
    await settled()
    const due = this.#due
    this.#due = []
    for (const run of due) run()
    await settled()
  }
}

/** Lets every promise that can settle do so. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
