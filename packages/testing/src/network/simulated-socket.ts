/** A socket on the simulated network: frames by name, whatever the scheme of the endpoint. */
import { LinkError } from '@sluice/core'
import type { FrameEvents, Frames, FrameSocket, Limits, Peer, PortShape } from '@sluice/core'
import type { Figures } from '../watch/figures.ts'
import type { End, EndOwner, Standing } from './connection.ts'
import type { Network, NetworkSocket } from './network.ts'

/** Pause before an endpoint is connected to anew: after a loss, and after its peer was dropped, in milliseconds. */
const lostPauseMs = 50
const droppedPauseMs = 1_000
/** Packets on their way beyond which a one-way socket takes no more. */
const mostOnWay = 4

/** What a socket is opened with. */
export interface SocketSpec {
  readonly shape: PortShape
  readonly bind: readonly string[]
  readonly connect: readonly string[]
  readonly limits: Limits
  readonly events: FrameEvents
}

const fitting: Readonly<Record<PortShape, PortShape>> = { push: 'pull', pull: 'push', duplex: 'duplex' }

/** Behaves to its pattern as the sockets of ZeroMQ do: connects for ever, loses what a lost connection held, tells in order. */
export class SimulatedSocket implements FrameSocket, NetworkSocket {
  readonly machine: Standing
  readonly shape: PortShape
  readonly limits: Limits
  readonly #events: FrameEvents
  readonly #network: Network
  readonly #figures: { of(frames: Frames): Figures }
  readonly #ends = new Set<End>()
  readonly #bound: Promise<readonly string[]>
  /** Ends with packets that came while reading was paused, one entry each. */
  #unread: End[] = []
  #paused = false
  #closed = false

  constructor(
    spec: SocketSpec,
    machine: Standing,
    network: Network,
    figures: { of(frames: Frames): Figures },
  ) {
    this.machine = machine
    this.shape = spec.shape
    this.limits = spec.limits
    this.#events = spec.events
    this.#network = network
    this.#figures = figures
    this.#bound = this.#bind(spec.bind)
    this.#bound.catch(() => undefined)
    for (const endpoint of spec.connect) network.seek(this, endpoint)
  }

  get closed(): boolean {
    return this.#closed
  }

  send(peer: Peer, frames: Frames): boolean {
    const end = peer as End
    if (!end.open || this.#closed) return true
    if (this.shape === 'push' && end.out.length >= mostOnWay) {
      end.refused = true
      return false
    }
    const figures = this.#figures.of(frames)
    this.machine.whenAwake(() => end.connection.send(end, frames, figures))
    return true
  }

  drop(peer: Peer): void {
    const end = peer as End
    if (!this.#ends.delete(end)) return
    end.connection.leave(end)
    if (end.soughtAs !== undefined) this.#again(end.soughtAs, droppedPauseMs)
  }

  pause(): void {
    this.#paused = this.shape === 'pull'
  }

  resume(): void {
    this.#paused = false
    const unread = this.#unread
    this.#unread = []
    for (const end of unread) {
      this.#network.pipeEnvironment.timeline.after(0, () => this.machine.whenAwake(() => this.arrived(end)))
    }
  }

  connections(peer: Peer): number {
    return this.#ends.has(peer as End) && (peer as End).open ? 1 : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(): Promise<void> {
    if (!this.#closed) this.#end((end) => end.connection.leave(end))
    return Promise.resolve()
  }

  /** The machine is no more. */
  vanish(): void {
    if (this.#closed) return
    const { chance } = this.#network
    this.#end((end) => end.connection.leave(end, chance.between(0, end.out.length)))
  }

  /** A connection was made to or from this socket. */
  met(end: End): void {
    this.#ends.add(end)
    // A bound socket that only sends has nobody to wait for; the others hear from their peers first.
    if (end.soughtAs !== undefined || this.shape === 'push') this.machine.whenAwake(() => this.#up(end))
  }

  /** Something has come to an end of this socket. */
  arrived(end: End): void {
    if (this.#paused && end.open) this.#unread.push(end)
    else end.connection.take(end)
  }

  deliver(end: End, frames: Frames): void {
    this.#up(end)
    this.#events.packet(end, frames)
  }

  /** Something that was on its way from an end of this socket is so no longer. */
  freed(end: End): void {
    if (!end.refused || end.out.length > mostOnWay / 2) return
    end.refused = false
    const tell = (): void => {
      if (end.open && this.#ends.has(end)) this.#events.writable(end)
    }
    this.#network.pipeEnvironment.timeline.after(0, () => this.machine.whenAwake(tell))
  }

  /** The connection of an end is gone. */
  lose(end: End): void {
    if (!this.#ends.delete(end) || this.#closed) return
    this.#network.disconnected(end)
    if (end.told) this.#events.down(end)
    if (end.soughtAs !== undefined) this.#again(end.soughtAs, lostPauseMs)
  }

  /** What is bound at the endpoint is of another kind. */
  misfit(endpoint: string): void {
    const reason = `${endpoint} is not bound by a ${fitting[this.shape]} socket`
    this.#fail(new LinkError(reason, { endpoint, errno: 'EPROTOTYPE' }))
  }

  fits(other: EndOwner): boolean {
    return fitting[this.shape] === other.shape
  }

  #up(end: End): void {
    if (end.told || !end.open || this.#closed) return
    end.told = true
    this.#events.up(end)
  }

  #again(endpoint: string, pauseMs: number): void {
    this.machine.clock.after(pauseMs, () => {
      if (!this.#closed) this.#network.seek(this, endpoint)
    })
  }

  #end(leave: (end: End) => void): void {
    this.#closed = true
    this.#network.release(this)
    for (const end of this.#ends) leave(end)
    this.#ends.clear()
    // What came and was not read is gone.
    for (const end of this.#unread) end.connection.take(end)
    this.#unread = []
  }

  async #bind(endpoints: readonly string[]): Promise<readonly string[]> {
    const bound: string[] = []
    for (const wanted of endpoints) {
      const endpoint = this.#network.bind(this, wanted)
      if (endpoint === undefined) {
        const error = new LinkError(`${wanted} is in use`, { endpoint: wanted, errno: 'EADDRINUSE' })
        this.#fail(error)
        throw error
      }
      bound.push(endpoint)
    }
    return bound
  }

  #fail(error: LinkError): void {
    void this.close()
    this.#network.pipeEnvironment.timeline.turn(() => this.#events.failed(error))
  }
}
