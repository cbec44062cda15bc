/** Several frame sockets as one, for a port whose endpoints are not all moved by the same socket. */
import type { SluiceError } from '../errors.ts'
import type { FrameEvents, Frames, FrameSocket, FrameSpec } from './frame-socket.ts'
import type { Peer } from './port.ts'

/** What is needed of every part. */
export type PartSpec = Pick<FrameSpec, 'shape' | 'limits' | 'clock' | 'guard'>

/** One of the sockets, not opened yet. */
export interface Part {
  /** Which of the port's `bind` endpoints are this part's, by index. */
  readonly binds: readonly number[]
  open(events: FrameEvents): FrameSocket
}

/** Opens what a port needs: its only part as it is, or several as one. */
export function openParts(parts: readonly Part[], events: FrameEvents): FrameSocket {
  const [only] = parts
  return only !== undefined && parts.length === 1 ? only.open(events) : new CompositeSocket(parts, events)
}

/** Passes each call to the socket that the peer came from. When one fails, all are closed. */
export class CompositeSocket implements FrameSocket {
  readonly #events: FrameEvents
  readonly #parts: readonly Part[]
  readonly #sockets: FrameSocket[] = []
  readonly #owners = new Map<Peer, FrameSocket>()
  readonly #bound: Promise<readonly string[]>
  #closed: Promise<void> | undefined

  constructor(parts: readonly Part[], events: FrameEvents) {
    this.#events = events
    this.#parts = parts
    parts.forEach((part, at) => this.#sockets.push(part.open(this.#eventsOf(at))))
    this.#bound = this.#collect()
    this.#bound.catch(() => undefined)
  }

  send(peer: Peer, frames: Frames): boolean {
    return this.#owners.get(peer)?.send(peer, frames) ?? true
  }

  drop(peer: Peer): void {
    this.#owners.get(peer)?.drop(peer)
    this.#owners.delete(peer)
  }

  pause(): void {
    for (const socket of this.#sockets) socket.pause()
  }

  resume(): void {
    for (const socket of this.#sockets) socket.resume()
  }

  connections(peer: Peer): number {
    return this.#owners.get(peer)?.connections(peer) ?? 0
  }

  bound(): Promise<readonly string[]> {
    return this.#bound
  }

  close(lingerMs: number): Promise<void> {
    this.#owners.clear()
    this.#closed ??= Promise.all(this.#sockets.map((socket) => socket.close(lingerMs))).then(() => undefined)
    return this.#closed
  }

  async #collect(): Promise<readonly string[]> {
    const endpoints: string[] = []
    const lists = await Promise.all(this.#sockets.map((socket) => socket.bound()))
    lists.forEach((list, part) => {
      this.#parts[part]?.binds.forEach((index, at) => (endpoints[index] = list[at] ?? ''))
    })
    return endpoints
  }

  #eventsOf(part: number): FrameEvents {
    const events = this.#events
    return {
      up: (peer) => {
        const socket = this.#sockets[part]
        if (socket !== undefined) this.#owners.set(peer, socket)
        events.up(peer)
      },
      packet: (peer, frames) => events.packet(peer, frames),
      down: (peer) => {
        this.#owners.delete(peer)
        events.down(peer)
      },
      writable: (peer) => events.writable(peer),
      suspect: () => events.suspect(),
      refused: (peer, error) => events.refused(peer, error),
      failed: (error) => this.#fail(error),
    }
  }

  #fail(error: SluiceError): void {
    if (this.#closed !== undefined) return
    void this.close(0)
    this.#events.failed(error)
  }
}
