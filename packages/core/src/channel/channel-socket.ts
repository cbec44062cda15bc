/** `channel://`: frames between threads, over the MessagePorts that are attached to a name. */
import type { MessagePort } from 'node:worker_threads'
import { LinkError } from '../errors.ts'
import type { FrameEvents, Frames, FrameSocket } from '../port/frame-socket.ts'
import type { Peer, PortShape } from '../port/port.ts'
import { ChannelEnd } from './channel-end.ts'
import type { ChannelHub } from './channel-hub.ts'

/** What is needed to open names of a hub; `bind` and `connect` are names without their scheme. */
export interface ChannelSpec {
  readonly shape: PortShape
  readonly events: FrameEvents
  readonly bind: readonly string[]
  readonly connect: readonly string[]
}

/** Every MessagePort is a peer: up when it is attached, or, where the name is bound and it may speak, when it does. */
export class ChannelSocket implements FrameSocket {
  readonly #spec: ChannelSpec
  readonly #hub: ChannelHub
  /** Each end, and whether the pattern has been told of it. */
  readonly #ends = new Map<ChannelEnd, boolean>()
  readonly #claimed: string[] = []
  readonly #bound: Promise<readonly string[]>
  #paused = false
  #closed = false

  constructor(spec: ChannelSpec, hub: ChannelHub) {
    this.#spec = spec
    this.#hub = hub
    this.#bound = this.#open()
    this.#bound.catch(() => undefined)
  }

  send(peer: Peer, frames: Frames): boolean {
    const end = peer as ChannelEnd
    return this.#ends.has(end) ? end.send(frames) : true
  }

  drop(peer: Peer): void {
    const end = peer as ChannelEnd
    if (this.#ends.delete(end)) end.close()
  }

  pause(): void {
    if (this.#spec.shape !== 'pull') return
    this.#paused = true
    for (const end of this.#ends.keys()) end.pause()
  }

  resume(): void {
    this.#paused = false
    for (const end of this.#ends.keys()) end.resume()
  }

  connections(peer: Peer): number {
    const end = peer as ChannelEnd
    return this.#ends.has(end) ? end.connections : 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(): Promise<void> {
    this.#closed = true
    for (const name of this.#claimed.splice(0)) this.#hub.release(name)
    for (const end of this.#ends.keys()) end.close()
    this.#ends.clear()
    return Promise.resolve()
  }

  async #open(): Promise<readonly string[]> {
    const { bind, connect, shape } = this.#spec
    for (const name of bind) this.#claim(name, shape === 'push')
    for (const name of connect) this.#claim(name, true)
    return bind.map((name) => `channel://${name}`)
  }

  #claim(name: string, speaksFirst: boolean): void {
    const endpoint = `channel://${name}`
    if (this.#hub.claim(name, (port) => this.#adopt(port, endpoint, speaksFirst))) {
      this.#claimed.push(name)
      return
    }
    const error = new LinkError(`${endpoint} is in use`, { endpoint, errno: 'EADDRINUSE' })
    void this.close()
    queueMicrotask(() => this.#spec.events.failed(error))
    throw error
  }

  #adopt(port: MessagePort, endpoint: string, speaksFirst: boolean): void {
    const { shape, events } = this.#spec
    const end = new ChannelEnd(port, endpoint, shape, {
      frames: (_end, frames) => {
        if (this.#meet(end)) events.packet(end, frames)
      },
      writable: () => events.writable(end),
      down: () => this.#lose(end),
      refused: (_end, error) => events.refused(end, error),
    })
    if (this.#paused) end.pause()
    this.#ends.set(end, false)
    if (speaksFirst) queueMicrotask(() => this.#meet(end))
  }

  /** Tells the pattern of a peer when it does not know of it yet; false when there is none any more. */
  #meet(end: ChannelEnd): boolean {
    const told = this.#ends.get(end)
    if (told === undefined || this.#closed) return false
    if (!told) {
      this.#ends.set(end, true)
      this.#spec.events.up(end)
    }
    return this.#ends.has(end)
  }

  #lose(end: ChannelEnd): void {
    const told = this.#ends.get(end)
    this.#ends.delete(end)
    if (told === true) this.#spec.events.down(end)
  }
}
