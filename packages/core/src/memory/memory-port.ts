/** A port within one thread: packets are handed over as they are, with no copy and no codec. */
import { LinkError } from '../errors.ts'
import { ValueBatchBuilder } from '../port/batch.ts'
import type { BatchBuilder } from '../port/batch.ts'
import type { Peer, Port, PortEvents, PortShape } from '../port/port.ts'
import type { Clock, Timer } from '../clock.ts'
import { End, pushCapacity } from './end.ts'
import type { EndOwner, Happening } from './end.ts'
import type { Guest, Names } from './names.ts'

/** Pause before a connected end that was dropped is sought anew, in milliseconds. */
const dropPauseMs = 100

/** What a memory port needs; `bind` and `connect` are names without their scheme. */
export interface MemorySpec<P> {
  readonly scheme: string
  readonly shape: PortShape
  readonly events: PortEvents<P>
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  readonly clock: Clock
  /** Called when the port is closed, by whomever. */
  readonly ended?: () => void
}

/** The names where memory ports meet. What they carry is their own affair: both ends of a link agree on it. */
export type MemoryNames = Names<MemoryPort<unknown>>

const fitting: Readonly<Record<PortShape, PortShape>> = { push: 'pull', pull: 'push', duplex: 'duplex' }

interface Task<P> {
  readonly end: End<P>
  readonly happening: Happening<P>
}

/**
 * Carries packets between ports of one thread that meet by name, in any order of binding and connecting.
 * Events come in a later microtask or turn, in order. A `push` end takes 16 packets beyond what the
 * other side has taken; `duplex` takes all, since its patterns have windows.
 */
export class MemoryPort<P> implements Port<P>, EndOwner<P> {
  readonly #spec: MemorySpec<P>
  readonly #names: MemoryNames
  readonly #ends = new Set<End<P>>()
  readonly #claimed: string[] = []
  readonly #seekers = new Map<string, Guest<MemoryPort<unknown>>>()
  readonly #pauses = new Set<Timer>()
  readonly #bound: Promise<readonly string[]>
  readonly #capacity: number
  #tasks: Task<P>[] = []
  #posted = false
  #paused = false
  #closed = false

  constructor(spec: MemorySpec<P>, names: MemoryNames) {
    this.#spec = spec
    this.#names = names
    this.#capacity = spec.shape === 'push' ? pushCapacity : Infinity
    this.#bound = this.#bind()
    // Whoever asks for the endpoints sees the failure; nobody has to.
    this.#bound.catch(() => undefined)
    for (const name of spec.connect) {
      this.#seekers.set(name, { meet: (host) => this.#meet(name, host) })
      this.#seek(name)
    }
  }

  builder(): BatchBuilder {
    return new ValueBatchBuilder()
  }

  send(peer: Peer, packet: P): boolean {
    return this.#ends.has(peer as End<P>) ? (peer as End<P>).send(packet, this.#capacity) : true
  }

  drop(peer: Peer): void {
    const end = peer as End<P>
    if (!this.#ends.delete(end)) return
    end.cut()
    const name = end.soughtAs
    if (name !== undefined) this.#later(() => this.#seek(name))
  }

  pause(): void {
    this.#paused = this.#spec.shape === 'pull'
  }

  resume(): void {
    this.#paused = false
    this.#wake()
  }

  connections(peer: Peer): number {
    const end = peer as End<P>
    return this.#ends.has(end) && end.open ? 1 : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(): Promise<void> {
    if (this.#closed) return Promise.resolve()
    this.#closed = true
    // Later, since a port whose name is in use closes before its owner has it.
    queueMicrotask(() => this.#spec.ended?.())
    this.#tasks = []
    for (const pause of this.#pauses) pause.cancel()
    for (const [name, seeker] of this.#seekers) this.#names.leave(name, seeker)
    for (const name of this.#claimed) this.#names.release(name, this)
    for (const end of this.#ends) end.cut()
    this.#ends.clear()
    return Promise.resolve()
  }

  /** Takes what happened at an end; called by the other end. */
  post(end: End<P>, happening: Happening<P>): void {
    if (this.#closed) return
    this.#tasks.push({ end, happening })
    this.#wake()
  }

  /** Hands over what has been posted. Called by `Turns` alone. */
  run(): void {
    this.#posted = false
    const tasks = this.#tasks
    this.#tasks = []
    let at = 0
    try {
      while (at < tasks.length && !this.#paused && !this.#closed) this.#handle(tasks[at++])
    } finally {
      if (at < tasks.length && !this.#closed) {
        this.#tasks = tasks.slice(at).concat(this.#tasks)
        this.#wake()
      }
    }
  }

  #wake(): void {
    if (this.#posted || this.#paused || this.#closed || this.#tasks.length === 0) return
    this.#posted = true
    this.#names.turns.post(this)
  }

  #handle(task: Task<P> | undefined): void {
    if (task === undefined) return
    const { end, happening } = task
    if (happening.type === 'packet') end.taken()
    if (!this.#ends.has(end)) return
    const { events } = this.#spec
    if (happening.type === 'down') return this.#lose(end)
    if (!end.told) {
      end.told = true
      events.up(end)
    }
    if (happening.type === 'packet') events.packet(end, happening.packet)
    else if (happening.type === 'writable') events.writable(end)
  }

  #lose(end: End<P>): void {
    this.#ends.delete(end)
    if (end.told) this.#spec.events.down(end)
    const name = end.soughtAs
    if (name === undefined || this.#closed) return
    // A host that is still there cut this connection on purpose: it gets a pause.
    if (end.leadsTo(this.#names.host(name))) this.#later(() => this.#seek(name))
    else this.#seek(name)
  }

  #seek(name: string): void {
    const seeker = this.#seekers.get(name)
    if (seeker !== undefined && !this.#closed) this.#names.seek(name, seeker)
  }

  #meet(name: string, host: MemoryPort<unknown>): void {
    if (fitting[host.#spec.shape] !== this.#spec.shape) {
      const here = `${this.#spec.scheme}://${name}`
      const reason = `${here} is bound by a ${host.#spec.shape} port, which a ${this.#spec.shape} port cannot connect to`
      return this.#fail(new LinkError(reason, { endpoint: here, errno: 'EPROTOTYPE' }))
    }
    const [near, far] = End.pair<P>(this, host, name, `${this.#spec.scheme}://${name}#${this.#names.next()}`)
    this.#ends.add(near)
    ;(host as MemoryPort<P>).#ends.add(far)
    this.post(near, { type: 'up' })
    // A bound port that only sends has nobody to wait for; the others hear from their peers first.
    if (host.#spec.shape === 'push') (host as MemoryPort<P>).post(far, { type: 'up' })
  }

  #later(run: () => void): void {
    const pause = this.#spec.clock.after(dropPauseMs, () => {
      this.#pauses.delete(pause)
      run()
    })
    this.#pauses.add(pause)
  }

  async #bind(): Promise<readonly string[]> {
    const { scheme, bind } = this.#spec
    for (const wanted of bind) {
      const name = wanted === '*' ? this.#names.fresh() : wanted
      if (!this.#names.claim(name, this)) {
        const endpoint = `${scheme}://${name}`
        const error = new LinkError(`${endpoint} is in use`, { endpoint, errno: 'EADDRINUSE' })
        this.#fail(error)
        throw error
      }
      this.#claimed.push(name)
    }
    return this.#claimed.map((name) => `${scheme}://${name}`)
  }

  #fail(error: LinkError): void {
    const { events } = this.#spec
    void this.close()
    queueMicrotask(() => events.failed(error))
  }
}
